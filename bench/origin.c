/*
 * The origin behind every peer: one thread, edge-triggered epoll, fixed replies.
 *
 *   cc -O2 -o origin origin.c && ./origin 9701 9702 9703 9704
 *
 *   GET /20k /64k /1m   that many bytes        GET /echo   the request head as it arrived, as the body
 *   GET anything else   1 KiB                  POST        reads the whole body (length or chunked), answers "ok\n"
 *
 * It must cost less than what it measures: a reply is sent straight from one static buffer, one recv and one send
 * per request. It trusts its clients (the proxies under test) and is no example of a safe server.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT = 256 * 1024, HEAD = 16 * 1024, QUEUE = 64, EVENTS = 512, FDS = 65536 };

typedef struct {
  char *bytes;
  size_t length;
  int owned; /* freed after sending: an echo */
} Reply;

/* What of a request body is still to come. */
typedef enum { NO_BODY, LENGTH, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS } BodyState;

typedef struct {
  int fd;
  int listening;
  int close_after;
  BodyState body;
  long body_left;
  char pending[HEAD]; /* bytes of an incomplete head or chunk line */
  int pending_length;
  Reply queue[QUEUE];
  int first, count;
  size_t sent; /* of the first reply */
} Connection;

static Connection *connections[FDS];
static Reply reply_1k, reply_20k, reply_64k, reply_1m, reply_ok;
static char input[INPUT];

static Reply make_reply(const char *type, const char *body, size_t length) {
  char head[512];
  int head_length = snprintf(head, sizeof head,
                             "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Fri, 20 Nov 2026 05:00:00 GMT\r\n"
                             "Content-Type: %s\r\nContent-Length: %zu\r\nCache-Control: max-age=3600\r\n\r\n",
                             type, length);
  Reply reply = {malloc(head_length + length), head_length + length, 0};
  memcpy(reply.bytes, head, head_length);
  memcpy(reply.bytes + head_length, body, length);
  return reply;
}

static int enqueue(Connection *c, Reply reply) {
  if (c->count == QUEUE) return -1;
  c->queue[(c->first + c->count++) % QUEUE] = reply;
  return 0;
}

static int starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static int answer_get(Connection *c, const char *target, const char *head, size_t head_length) {
  if (starts_with(target, "/20k")) return enqueue(c, reply_20k);
  if (starts_with(target, "/64k")) return enqueue(c, reply_64k);
  if (starts_with(target, "/1m")) return enqueue(c, reply_1m);
  if (starts_with(target, "/echo")) {
    Reply echo = make_reply("text/plain", head, head_length);
    echo.owned = 1;
    return enqueue(c, echo);
  }
  return enqueue(c, reply_1k);
}

/* One head of `length` bytes including its empty line; the byte after it may be overwritten by the caller's NUL. */
static int on_head(Connection *c, char *head, size_t length) {
  char *target = strchr(head, ' ');
  if (target == NULL) return -1;
  if (strcasestr(head, "\r\nconnection: close") != NULL) c->close_after = 1;
  if (head[0] != 'P') return answer_get(c, target + 1, head, length);
  if (strcasestr(head, "\r\ntransfer-encoding:") != NULL) {
    c->body = CHUNK_SIZE;
    return 0;
  }
  char *field = strcasestr(head, "\r\ncontent-length:");
  c->body_left = field == NULL ? 0 : atol(field + 17);
  if (c->body_left == 0) return enqueue(c, reply_ok);
  c->body = LENGTH;
  return 0;
}

static int on_chunk_line(Connection *c, const char *line, size_t length) {
  if (c->body == CHUNK_END) {
    c->body = CHUNK_SIZE;
  } else if (c->body == TRAILERS) {
    if (length > 0) return 0;
    c->body = NO_BODY;
    return enqueue(c, reply_ok);
  } else {
    c->body_left = strtol(line, NULL, 16);
    c->body = c->body_left == 0 ? TRAILERS : CHUNK_DATA;
  }
  return 0;
}

/* Consumes what it can of bytes[0, length); keeps the rest in c->pending. bytes[length] is writable. */
static int consume(Connection *c, char *bytes, int length) {
  int at = 0;
  while (at < length) {
    if (c->body == LENGTH || c->body == CHUNK_DATA) {
      long step = length - at < c->body_left ? length - at : c->body_left;
      at += step;
      c->body_left -= step;
      if (c->body_left > 0) break;
      if (c->body == CHUNK_DATA) {
        c->body = CHUNK_END;
      } else {
        c->body = NO_BODY;
        if (enqueue(c, reply_ok) < 0) return -1;
      }
      continue;
    }
    const char *mark = c->body == NO_BODY ? "\r\n\r\n" : "\r\n";
    char *end = memmem(bytes + at, length - at, mark, strlen(mark));
    if (end == NULL) break;
    char *start = bytes + at;
    at = end - bytes + strlen(mark);
    char kept = bytes[at];
    bytes[at] = 0;
    int outcome = c->body == NO_BODY ? on_head(c, start, bytes + at - start) : on_chunk_line(c, start, end - start);
    bytes[at] = kept;
    if (outcome < 0) return -1;
  }
  c->pending_length = length - at;
  if (c->pending_length > HEAD) return -1;
  memcpy(c->pending, bytes + at, c->pending_length);
  return 0;
}

static int send_queue(Connection *c) {
  while (c->count > 0) {
    Reply *reply = &c->queue[c->first];
    ssize_t n = send(c->fd, reply->bytes + c->sent, reply->length - c->sent, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    c->sent += n;
    if (c->sent < reply->length) continue;
    if (reply->owned) free(reply->bytes);
    c->sent = 0;
    c->first = (c->first + 1) % QUEUE;
    c->count--;
  }
  return c->close_after && c->body == NO_BODY ? -1 : 0;
}

static int read_all(Connection *c) {
  for (;;) {
    int kept = c->pending_length;
    memcpy(input, c->pending, kept);
    int room = INPUT - kept - 1;
    ssize_t n = recv(c->fd, input + kept, room, 0);
    if (n == 0) return -1;
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    if (consume(c, input, kept + n) < 0) return -1;
    if (n < room) return 0; /* edge-triggered: a short read has emptied the socket; more bytes raise a new edge */
  }
}

static Connection *watch(int epoll, int fd, int listening) {
  Connection *c = calloc(1, sizeof *c);
  c->fd = fd;
  c->listening = listening;
  connections[fd] = c;
  struct epoll_event event = {.events = listening ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  return c;
}

static void forget(Connection *c) {
  for (; c->count > 0; c->count--, c->first = (c->first + 1) % QUEUE)
    if (c->queue[c->first].owned) free(c->queue[c->first].bytes);
  connections[c->fd] = NULL;
  close(c->fd);
  free(c);
}

static void listen_on(int epoll, int port) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4096) < 0) {
    perror("origin: listen");
    exit(1);
  }
  watch(epoll, fd, 1);
}

static void accept_all(int epoll, int listener) {
  int one = 1, fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fd < FDS) watch(epoll, fd, 0);
    else close(fd);
  }
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  size_t size = 1 << 20;
  char *body = malloc(size);
  for (size_t i = 0; i < size; i++) body[i] = i % 1024 == 1023 ? '\n' : 'a' + i % 1024 % 26;
  reply_1k = make_reply("text/html", body, 1024);
  reply_20k = make_reply("application/octet-stream", body, 20 * 1024);
  reply_64k = make_reply("application/octet-stream", body, 64 * 1024);
  reply_1m = make_reply("application/octet-stream", body, size);
  reply_ok = make_reply("text/plain", "ok\n", 3);

  int epoll = epoll_create1(0);
  for (int i = 1; i < argc; i++) listen_on(epoll, atoi(argv[i]));
  struct epoll_event events[EVENTS];
  for (;;) {
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      Connection *c = connections[events[i].data.fd];
      if (c == NULL) continue;
      if (c->listening) {
        accept_all(epoll, c->fd);
        continue;
      }
      int gone = (events[i].events & EPOLLIN) && read_all(c) < 0;
      if (!gone) gone = send_queue(c) < 0;
      if (gone || (events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))) forget(c);
    }
  }
}
