// An order gateway that sends no order which its journal could lose.
//
// FIX messages come in on standard input. Each is checked and goes into a ring, from where logbuf-archiver takes it to
// the disk; once it is durable there, and not before, it goes out on standard output: to the exchange. Whatever is
// killed, and whenever the power goes: what has gone out is in the archive.
//
// By hand, with '|' for the separator:
//   logbuf-ctl create orders --capacity 16M
//   logbuf-archiver --ring orders --dir journal --sync batch &
//   echo '8=FIX.4.4|9=23|35=D|11=A1|55=XYZ|38=5|10=138|' | tr -d '\n' | tr '|' '\001' | fix_journal orders
//   logbuf-cat --type 68 journal/orders     # a record's type is its MsgType: 68 is 'D', a new order
//
// For your own use: put your sessions where read() and write() stand. A message that is in the journal and was not sent
// (the gateway died between the two) is found after a restart as FIX does it anyhow: by its sequence number.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <logbuf/logbuf.hpp>

using namespace std::chrono_literals;
using Sender = logbuf::channel::mpsc::Sender;  // several gateways may share the ring

constexpr std::string_view kStart = "8=FIX";
constexpr std::string_view kTrailer = "10=000\001";

// The length of the message that `in` begins with, which is 8=FIX...|9=LENGTH| and LENGTH bytes and 10=SUM|. 0: it is no
// message, or damaged. Nothing: it is not all there yet.
std::optional<std::size_t> message_length(std::string_view in, std::size_t longest) {
  if (!in.starts_with(kStart.substr(0, in.size()))) return 0;
  const std::size_t tag = in.find("\0019=");
  const std::size_t body = tag == in.npos ? in.npos : in.find('\001', tag + 1);
  if (body == in.npos) return in.size() < 32 ? std::nullopt : std::optional<std::size_t>(0);
  std::size_t length = 0;
  for (const char digit : in.substr(tag + 3, body - tag - 3)) {
    if (digit < '0' || digit > '9' || length > longest) return 0;
    length = length * 10 + static_cast<std::size_t>(digit - '0');
  }
  length += body + 1 + kTrailer.size();
  if (length > longest) return 0;  // the ring would refuse it
  if (in.size() < length) return std::nullopt;
  unsigned sum = 0;
  for (const char c : in.substr(0, length - kTrailer.size())) sum += static_cast<unsigned char>(c);
  char trailer[8];
  std::snprintf(trailer, sizeof trailer, "10=%03u\001", sum % 256);
  return in.substr(0, length).ends_with(trailer) ? length : 0;
}

class Gateway {
 public:
  explicit Gateway(Sender sender) : sender_(std::move(sender)) {}

  // Journals the whole messages at the front of `in`, and takes them from it. False: the journal is gone.
  bool journal(std::string& in) {
    std::string_view rest = in;
    while (!rest.empty()) {
      auto length = message_length(rest, sender_.max_payload());
      if (!length) break;
      if (*length > 0) {
        if (!journal_one(rest.substr(0, *length))) return false;
      } else {  // goes on where the next message may begin
        do ++*length;
        while (*length < rest.size() && !kStart.starts_with(rest.substr(*length, kStart.size())));
        std::fprintf(stderr, "fix_journal: rejected %zu bytes: no FIX message, or a damaged one\n", *length);
      }
      rest.remove_prefix(*length);
    }
    in.erase(0, in.size() - rest.size());
    return true;
  }

  // Sends what was journaled, when all of it is durable: one wait, for the last of them, serves any number.
  bool release() {
    for (bool told = false; !held_.empty(); told = true) {
      const auto durable = sender_.wait_durable(last_, 1s);
      if (durable) break;
      if (durable.error() == logbuf::DurableError::disconnected) {
        std::fprintf(stderr, "fix_journal: the ring is closed: %zu bytes of orders are not sent\n", held_.size());
        return false;
      }
      // timeout: they are in the ring all the same, and whoever archives it next makes them durable.
      const char* const why = sender_.has_consumer() ? "the disk is slow, or --sync is not batch" : "no archiver runs";
      if (!told) std::fprintf(stderr, "fix_journal: orders are held back: %s\n", why);
    }
    for (std::string_view rest = held_; !rest.empty();) {
      const ssize_t sent = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (sent < 0) return std::perror("fix_journal: cannot send"), false;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    held_.clear();
    return true;
  }

 private:
  bool journal_one(std::string_view message) {
    const std::size_t tag = message.find("\00135=");
    const auto type = tag == message.npos ? '\0' : message[tag + 4];
    const auto send = [&] { return sender_.send(message.size(), static_cast<unsigned char>(type)); };
    auto claim = send();  // waits at a full ring, but only while an archiver lives
    for (bool told = false; !claim && !sender_.is_closed(); told = true) {
      if (!told) std::fprintf(stderr, "fix_journal: orders are held back: the ring is full, and no archiver runs\n");
      std::this_thread::sleep_for(10ms);  // until it is started again
      claim = send();
    }
    if (!claim) return std::fprintf(stderr, "fix_journal: the ring is closed: an order is rejected\n"), false;
    std::memcpy(claim->bytes().data(), message.data(), message.size());
    last_ = claim->position();  // commit() ends the claim
    claim->commit();
    held_ += message;
    return true;
  }

  Sender sender_;
  logbuf::Position last_ = 0;  // of the last record
  std::string held_;           // journaled, not sent
};

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: fix_journal RING < MESSAGES\n"), 2;
  auto sender = Sender::attach(argv[1], {.name = "gateway"});
  if (!sender) return std::fprintf(stderr, "fix_journal: %s\n", logbuf::error_detail().c_str()), 1;
  Gateway gateway(std::move(*sender));
  std::string in;
  char chunk[65536];
  // What one read brings is one group: under load many messages share a wait, and a lone one waits for no other.
  for (ssize_t count; (count = ::read(STDIN_FILENO, chunk, sizeof chunk)) > 0;) {
    in.append(chunk, static_cast<std::size_t>(count));
    if (!gateway.journal(in) || !gateway.release()) return 1;
  }
  if (!in.empty()) std::fprintf(stderr, "fix_journal: %zu bytes at the end are no whole message\n", in.size());
  return in.empty() ? 0 : 1;
}
