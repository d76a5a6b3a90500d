// Precompiled: what takes long to read, and most files include. No file relies on it (-Db_pch=false compiles).
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>
