// Shows others how the archiver does, over HTTP: a page, /status.json, /metrics, /healthz. Nobody here waits for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>

#include "../board.hpp"
#include "disk.hpp"
#include "http_server.hpp"
#include "sampler.hpp"

namespace logbuf::archiver {

class Monitor {
 public:
  // Listens. Throws cli::Stop where it cannot.
  Monitor(const ListenAddress& address, const Board& board, const std::filesystem::path& archives);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor();

 private:
  void run();
  HttpResponse respond(const HttpRequest& request) const;

  const std::int64_t start_ns_;
  HttpServer server_;
  Disk disk_;
  Sampler sampler_;
  int stop_ = -1;  // eventfd
  std::thread thread_;
};

}  // namespace logbuf::archiver
