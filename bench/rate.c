/*
 * Constant-rate, open-loop load: request i is due at start + i / rate, whether or not earlier ones were answered.
 * A latency runs from the time a request was due, so a stalled proxy is charged for every request it delayed
 * (no coordinated omission).
 *
 *   cc -O2 -o rate rate.c && ./rate HOST PORT PATH CONNECTIONS RATE SECONDS
 *
 * Prints one JSON object; latencies in nanoseconds. `late` says how late the loader itself was in sending
 * (a due request also waits here for a free connection). Sleeps between requests, for it shares its core with the origin.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, INPUT = 64 * 1024, HEAD = 8 * 1024 };
static const int64_t SECOND = 1000000000;

typedef struct {
  int fd;
  int64_t due;        /* of the request in flight; 0: idle */
  int64_t body_left;  /* -1: the head is not complete yet */
  int status;
  char head[HEAD];
  int head_length;
} Connection;

static struct sockaddr_in address;
static char request[2048], input[INPUT];
static int request_length, epoll;
static Connection *connections;
static int *idle, idle_count;
static int64_t *latencies, *lateness, answered, failed, unexpected_status, body_bytes;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static void open_connection(Connection *c) {
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) {
    perror("rate: connect");
    exit(1);
  }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = c - connections};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  c->due = 0;
  idle[idle_count++] = c - connections;
}

static void fail(Connection *c) {
  if (c->due != 0) failed++;
  for (int i = 0; i < idle_count; i++)
    if (idle[i] == c - connections) idle[i--] = idle[--idle_count];
  close(c->fd);
  open_connection(c);
}

static void send_request(int64_t due) {
  Connection *c = &connections[idle[--idle_count]];
  c->due = due;
  c->body_left = -1;
  c->head_length = 0;
  if (send(c->fd, request, request_length, MSG_NOSIGNAL) != request_length) fail(c);
}

static void finish(Connection *c) {
  if (c->status != 200) unexpected_status++;
  latencies[answered++] = now() - c->due;
  c->due = 0;
  idle[idle_count++] = c - connections;
}

/* Returns how many bytes of the read belong to the head, or -1. */
static int read_head(Connection *c, int n) {
  int before = c->head_length;
  int take = n < HEAD - 1 - before ? n : HEAD - 1 - before;
  memcpy(c->head + before, input, take);
  c->head[before + take] = 0;
  c->head_length += take;
  char *end = strstr(c->head, "\r\n\r\n");
  if (end == NULL) return take < n ? -1 : n;
  end[2] = 0;
  char *length = strcasestr(c->head, "\r\ncontent-length:");
  if (length == NULL || strncmp(c->head, "HTTP/1.", 7) != 0) return -1;
  c->status = atoi(c->head + 9);
  c->body_left = atoll(length + 17);
  return end + 4 - c->head - before;
}

static void on_readable(Connection *c) {
  ssize_t n = recv(c->fd, input, INPUT, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0 || c->due == 0) return fail(c);
  int used = 0;
  if (c->body_left < 0) {
    used = read_head(c, n);
    if (used < 0) return fail(c);
    if (c->body_left < 0) return;
  }
  c->body_left -= n - used;
  body_bytes += n - used;
  if (c->body_left < 0) return fail(c);
  if (c->body_left == 0) finish(c);
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int64_t quantile(const int64_t *sorted, int64_t count, double q) {
  return count == 0 ? 0 : sorted[(int64_t)((count - 1) * q)];
}

int main(int argc, char **argv) {
  if (argc != 7) return fprintf(stderr, "usage: rate HOST PORT PATH CONNECTIONS RATE SECONDS\n"), 2;
  int connection_count = atoi(argv[4]);
  double rate = atof(argv[5]), seconds = atof(argv[6]);
  int64_t total = rate * seconds, sent = 0, interval = SECOND / rate;
  prctl(PR_SET_TIMERSLACK, 1); /* the default of 50 µs would be a fifth of the interval at 5,000 a second */
  address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &address.sin_addr);
  request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: rate\r\nAccept: */*\r\n\r\n",
                            argv[3], argv[1], argv[2]);
  connections = calloc(connection_count, sizeof *connections);
  idle = calloc(connection_count, sizeof *idle);
  latencies = calloc(total, sizeof *latencies);
  lateness = calloc(total, sizeof *lateness);
  epoll = epoll_create1(0);
  for (int i = 0; i < connection_count; i++) open_connection(&connections[i]);

  struct epoll_event events[EVENTS];
  int64_t start = now() + SECOND / 100, give_up = start + (int64_t)(seconds * SECOND) + 5 * SECOND;
  while (answered + failed < total && now() < give_up) {
    int64_t time = now();
    while (sent < total && start + sent * interval <= time && idle_count > 0) {
      int64_t due = start + sent * interval;
      lateness[sent++] = time - due;
      send_request(due);
    }
    int64_t wait = sent < total && idle_count > 0 ? start + sent * interval - now() : SECOND / 10;
    if (wait < 0) wait = 0;
    struct timespec pause = {.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND};
    int n = epoll_pwait2(epoll, events, EVENTS, &pause, NULL);
    for (int i = 0; i < n; i++) on_readable(&connections[events[i].data.u32]);
  }
  int64_t elapsed = now() - start;
  qsort(latencies, answered, sizeof *latencies, ascending);
  qsort(lateness, sent, sizeof *lateness, ascending);
  printf("{\"requests\":%ld,\"failed\":%ld,\"unanswered\":%ld,\"status\":%ld,\"bytes\":%ld,\"elapsed\":%ld,"
         "\"p50\":%ld,\"p90\":%ld,\"p99\":%ld,\"p999\":%ld,\"max\":%ld,\"lateP50\":%ld,\"lateP99\":%ld}\n",
         answered, failed, total - answered - failed, unexpected_status, body_bytes, elapsed,
         quantile(latencies, answered, 0.5), quantile(latencies, answered, 0.9), quantile(latencies, answered, 0.99),
         quantile(latencies, answered, 0.999), quantile(latencies, answered, 1), quantile(lateness, sent, 0.5),
         quantile(lateness, sent, 0.99));
  return 0;
}
