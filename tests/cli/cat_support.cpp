#include "cat_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;
namespace record = logbuf::record;

Words cat_words(const Words& words) {
  Words all{LOGBUF_CAT};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Ended cat(const Words& words) {
  return run(cat_words(words));
}

Ended shell(std::string command) {
  for (std::size_t at; (at = command.find("CAT")) != std::string::npos;) command.replace(at, 3, LOGBUF_CAT);
  return run({"/bin/sh", "-c", command});
}

Feed::Feed(const RingName& ring, const std::string& name)
    : producer_([&] {
        auto producer = logbuf::queue::mpsc::Producer::attach(ring.str(), {.name = name});
        REQUIRE(producer.has_value());
        return std::move(*producer);
      }()) {}

void Feed::put(std::string_view payload, std::uint16_t type) {
  auto claim = producer_.try_claim(payload.size(), type);
  REQUIRE(claim.has_value());
  std::memcpy(claim->bytes().data(), payload.data(), payload.size());
  claim->commit();
}

void take_all(const RingName& ring) {
  auto consumer = logbuf::queue::mpsc::Consumer::attach(ring.str());
  REQUIRE(consumer.has_value());
  while (consumer->try_claim()) {
  }
}

Archive::Archive(bool timestamps) : timestamps_(timestamps) {
  std::string path = fs::temp_directory_path() / "logbuf-test-XXXXXX";
  REQUIRE(mkdtemp(path.data()) != nullptr);
  directory_ = path;
  auto writer = logbuf::archive::Writer::open(
      directory_, {.name = "orders", .uuid = {std::byte{1}}, .capacity = 1 << 20, .timestamps = timestamps});
  REQUIRE(writer.has_value());
  writer_.emplace(std::move(*writer));
}

void Archive::append(const std::vector<std::string>& payloads, std::uint16_t slot, std::uint16_t type) {
  std::vector<std::byte> bytes;
  const auto header_bytes = record::header_size(timestamps_);
  for (const std::string& payload : payloads) {
    const std::uint64_t word =
        record::pack({.length = static_cast<std::uint32_t>(payload.size()), .skip = false, .slot = slot, .type = type});
    const std::size_t at = bytes.size();
    bytes.resize(at + record::align_up(payload.size() + header_bytes));
    std::memcpy(&bytes[at], &word, sizeof word);
    if (timestamps_) std::memcpy(&bytes[at + record::kHeaderSize], &time_ns_, sizeof time_ns_);
    std::memcpy(&bytes[at + header_bytes], payload.data(), payload.size());
  }
  const logbuf::Position end = position_ + bytes.size();
  REQUIRE(writer_->append(
      {.begin = position_, .end = end, .records = payloads.size(), .first_record = record_, .bytes = bytes}));
  position_ = end;
  record_ += payloads.size();
}

void Archive::append_gap(std::uint64_t lost, const std::string& why) {
  REQUIRE(
      writer_->append(logbuf::archive::Gap{.lost = lost, .from = position_, .to = position_ + 16 * lost, .why = why}));
  position_ += 16 * lost;
  record_ += lost;
}

void Archive::append_refused(std::uint64_t lost, std::uint16_t slot, const std::string& name) {
  const std::uint64_t total = refused_[slot] += lost;
  REQUIRE(writer_->append(logbuf::archive::Refused{.slot = slot, .at = position_, .total = total, .producer = name}));
}

void Archive::append_hole(std::uint16_t slot) {
  const auto bytes = record::header_size(timestamps_);
  const std::uint64_t word = record::pack({.length = bytes, .skip = true, .slot = slot, .type = record::kHoleType});
  std::vector<std::byte> hole(bytes);
  std::memcpy(hole.data(), &word, sizeof word);
  const logbuf::Position end = position_ + bytes;
  REQUIRE(writer_->append({.begin = position_, .end = end, .records = 0, .first_record = record_, .bytes = hole}));
  position_ = end;
}

void Archive::name_producer(std::uint16_t slot, const std::string& name) {
  REQUIRE(writer_->append(logbuf::archive::ProducerName{.slot = slot, .from = position_, .pid = 1, .name = name}));
}

void Archive::seal() {
  REQUIRE(writer_->seal());
}

void Archive::damage(std::string_view bytes) const {
  for (const std::string& file : files()) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    const std::string content(std::istreambuf_iterator<char>(stream), {});
    const std::size_t at = content.rfind(bytes);
    if (at == std::string::npos) continue;
    stream.clear();
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(content[at] ^ 1));
    return;
  }
  FAIL("no file holds these bytes");
}

std::vector<std::string> Archive::files() const {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory_)) {
    if (entry.path().extension() == ".seg" || entry.path().extension() == ".open") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}
