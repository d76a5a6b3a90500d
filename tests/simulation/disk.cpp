#include "disk.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace simulation {
namespace {

Disk* the_disk = nullptr;

std::expected<void, int> result_of(int error) {
  if (error != 0) return std::unexpected(error);
  return {};
}

// Of a call that cannot be done in part.
Fault whole(Fault fault) {
  if (fault == Fault::stop_within) return Fault::stop_after;
  return fault == Fault::cut_short ? Fault::error : fault;
}

}  // namespace

bool changes(Call call) {
  switch (call) {
    case Call::make:
    case Call::write:
    case Call::truncate:
    case Call::sync_data:
    case Call::sync:
    case Call::lock:
    case Call::rename:
    case Call::unlink:
    case Call::make_directory: return true;
    default: return false;
  }
}

bool takes_space(Call call) {
  return call == Call::make || call == Call::write || call == Call::rename || call == Call::make_directory;
}

Disk::Disk(std::uint64_t seed) : random_(seed), root_(std::make_shared<Node>()) {
  root_->directory = true;
  the_disk = this;
}
Disk::~Disk() {
  the_disk = nullptr;
}
Disk& Disk::current() noexcept {
  return *the_disk;
}

void Disk::make_durable_directory(const std::filesystem::path& path) {
  NodePtr node = root_;
  for (const auto& part : path.relative_path()) {
    node = add(node, part, true);
  }
  for (NodePtr at = root_; at != nullptr; at = at->now.empty() ? nullptr : at->now.begin()->second) {
    at->disk = at->now;
    at->changes.clear();
  }
}

void Disk::drop_caches() {
  for (const NodePtr& file : files_) file->contents.drop_cache();
}

void Disk::restart() {
  for (const auto& [fd, node] : descriptors_) node->locked_by = -1;
  descriptors_.clear();
  stopped_ = false;
}

void Disk::cut_power(const Survival& survival) {
  restart();
  boots_ += 1;
  // From the root, so that what nobody has a name for is gone.
  cut_power(root_, survival, random_);
}

void Disk::cut_power(const NodePtr& directory, const Survival& survival, test::Random& random) {
  Choice kept(survival.names, directory->changes.size(), random);
  for (std::size_t i = 0; i < directory->changes.size(); ++i) {
    if (kept(i)) change(directory->disk, directory->changes[i]);
  }
  directory->changes.clear();
  directory->now = directory->disk;
  std::vector<NodePtr> done;
  for (const auto& [name, node] : directory->now) {
    if (node->directory) {
      cut_power(node, survival, random);
    } else if (std::ranges::find(done, node) == done.end()) {
      done.push_back(node);
      std::vector<std::byte> stale;
      if (survival.stale) {
        const auto other = files_[random.below(files_.size())]->contents.bytes();
        stale.assign(other.begin(), other.end());
      }
      node->contents.cut_power(survival, random, stale);
    }
  }
}

// Counts the call, and says what becomes of it.
Disk::Fate Disk::arrive(Call call) {
  if (observers_ > 0) return {};
  if (stopped_) return {.effect = false, .part = false, .error = EIO};
  const std::uint64_t index = trace_.size();
  trace_.push_back(call);
  for (Plan& plan : plans_) {
    if (plan.calls == 0 || index < plan.at) continue;
    if (plan.fault == Fault::no_space && !takes_space(call)) continue;
    plan.calls -= 1;
    struck_ = true;
    switch (call == Call::write ? plan.fault : whole(plan.fault)) {
      case Fault::stop_before: stopped_ = true; return {.effect = false, .part = false, .error = EIO};
      case Fault::stop_after: stopped_ = true; return {.effect = true, .part = false, .error = EIO};
      case Fault::stop_within: stopped_ = true; return {.effect = true, .part = true, .error = EIO};
      case Fault::error: return {.effect = false, .part = false, .error = EIO};
      case Fault::no_space: return {.effect = false, .part = false, .error = ENOSPC};
      case Fault::cut_short: return {.effect = true, .part = true, .error = ENOSPC};
    }
  }
  return {};
}

Disk::NodePtr Disk::find(const std::filesystem::path& path) const {
  NodePtr node = root_;
  for (const auto& part : path.relative_path()) {
    if (part.empty()) continue;
    const auto found = node->now.find(part.native());
    if (found == node->now.end()) return nullptr;
    node = found->second;
  }
  return node;
}

void Disk::change(Names& names, const Change& change) {
  if (!change.removed.empty()) {
    const auto found = names.find(change.removed);
    if (found != names.end() && found->second == change.node) names.erase(found);
  }
  if (!change.added.empty()) names[change.added] = change.node;
}

Disk::NodePtr Disk::add(const NodePtr& parent, const std::string& name, bool directory) {
  auto node = std::make_shared<Node>();
  node->directory = directory;
  if (!directory) files_.push_back(node);
  parent->changes.push_back({.removed = {}, .added = name, .node = node});
  change(parent->now, parent->changes.back());
  return node;
}

std::expected<int, int> Disk::open(const std::filesystem::path& path, int flags) {
  NodePtr node = find(path);
  const bool makes = node == nullptr && (flags & O_CREAT) != 0;
  const Fate fate = arrive(makes ? Call::make : Call::open);
  if (!fate.effect) return std::unexpected(fate.error);
  if (node != nullptr && (flags & O_EXCL) != 0) return std::unexpected(EEXIST);
  if (makes) {
    const NodePtr parent = find(path.parent_path());
    if (parent == nullptr) return std::unexpected(ENOENT);
    node = add(parent, path.filename(), false);
  }
  if (fate.error != 0) return std::unexpected(fate.error);
  if (node == nullptr) return std::unexpected(ENOENT);
  // A number is never given twice: whoever was left behind by a restart cannot close somebody else's.
  descriptors_[next_fd_] = node;
  return next_fd_++;
}

void Disk::close(int fd) {
  const auto found = descriptors_.find(fd);
  if (found == descriptors_.end() || stopped_) return;
  if (found->second->locked_by == fd) found->second->locked_by = -1;
  descriptors_.erase(found);
}

std::expected<std::uint64_t, int> Disk::size(int fd) {
  if (const Fate fate = arrive(Call::size); fate.error != 0) return std::unexpected(fate.error);
  return node_of(fd)->contents.size();
}

std::expected<std::size_t, int> Disk::read(int fd, std::span<std::byte> into, std::uint64_t offset) {
  if (const Fate fate = arrive(Call::read); fate.error != 0) return std::unexpected(fate.error);
  return node_of(fd)->contents.read(into, offset);
}

Disk::Done Disk::write(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
  const Fate fate = arrive(Call::write);
  if (fate.part) bytes = bytes.first(random_.below(2) == 0 ? bytes.size() / 2 : random_.below(bytes.size()));
  if (fate.effect) node_of(fd)->contents.write(bytes, offset);
  return result_of(fate.error);
}

Disk::Done Disk::truncate(int fd, std::uint64_t size) {
  const Fate fate = arrive(Call::truncate);
  if (fate.effect) node_of(fd)->contents.truncate(size);
  return result_of(fate.error);
}

Disk::Done Disk::sync_data(int fd) {
  const Fate fate = arrive(Call::sync_data);
  if (fate.effect) node_of(fd)->contents.sync();
  if (!fate.effect && !stopped_) node_of(fd)->contents.fail_sync(random_);
  return result_of(fate.error);
}

Disk::Done Disk::sync(int fd) {
  const Fate fate = arrive(Call::sync);
  if (fate.effect) {
    const NodePtr node = node_of(fd);
    node->disk = node->now;
    node->changes.clear();
  }
  return result_of(fate.error);
}

std::expected<bool, int> Disk::try_lock(int fd) {
  if (const Fate fate = arrive(Call::lock); fate.error != 0) return std::unexpected(fate.error);
  const NodePtr node = node_of(fd);
  if (node->locked_by != -1 && node->locked_by != fd) return false;
  node->locked_by = fd;
  return true;
}

Disk::Done Disk::rename(int directory, const std::string& from, const std::string& to) {
  const Fate fate = arrive(Call::rename);
  if (!fate.effect) return result_of(fate.error);
  const NodePtr parent = node_of(directory);
  const auto found = parent->now.find(from);
  if (found == parent->now.end()) return std::unexpected(ENOENT);
  if (parent->now.contains(to)) return std::unexpected(EEXIST);
  parent->changes.push_back({.removed = from, .added = to, .node = found->second});
  change(parent->now, parent->changes.back());
  return result_of(fate.error);
}

Disk::Done Disk::unlink(int directory, const std::string& name) {
  const Fate fate = arrive(Call::unlink);
  if (!fate.effect) return result_of(fate.error);
  const NodePtr parent = node_of(directory);
  const auto found = parent->now.find(name);
  if (found == parent->now.end()) return std::unexpected(ENOENT);
  parent->changes.push_back({.removed = name, .added = {}, .node = found->second});
  change(parent->now, parent->changes.back());
  return result_of(fate.error);
}

std::expected<bool, int> Disk::is_directory(const std::filesystem::path& path) {
  if (const Fate fate = arrive(Call::kind); fate.error != 0) return std::unexpected(fate.error);
  const NodePtr node = find(path);
  if (node == nullptr) return std::unexpected(ENOENT);
  return node->directory;
}

std::expected<std::vector<std::string>, int> Disk::names(const std::filesystem::path& path) {
  if (const Fate fate = arrive(Call::names); fate.error != 0) return std::unexpected(fate.error);
  const NodePtr node = find(path);
  if (node == nullptr) return std::unexpected(ENOENT);
  std::vector<std::string> names;
  for (const auto& [name, child] : node->now) names.push_back(name);
  return names;
}

Disk::Done Disk::make_directories(const std::filesystem::path& path) {
  // One call for each, as a process may die between two of them.
  NodePtr node = root_;
  for (const auto& part : path.relative_path()) {
    const auto found = node->now.find(part.native());
    if (found != node->now.end()) {
      node = found->second;
      continue;
    }
    const Fate fate = arrive(Call::make_directory);
    if (fate.effect) node = add(node, part, true);
    if (fate.error != 0) return std::unexpected(fate.error);
  }
  return {};
}

Disk::Done Disk::random_bytes(std::span<std::byte> into) {
  if (const Fate fate = arrive(Call::random); fate.error != 0) return std::unexpected(fate.error);
  for (std::byte& b : into) b = static_cast<std::byte>(random_.next());
  return {};
}

}  // namespace simulation
