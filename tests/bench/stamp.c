/* Writes the clock to the file that is named first, as its first instructions; before that it waits so many
 * milliseconds as are named second. Linked statically: no loader runs before it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now, pause;
  char text[32];
  if (argc < 2) return 2;
  if (argc > 2) {
    long ms = atol(argv[2]);
    pause.tv_sec = ms / 1000;
    pause.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&pause, NULL);
  }
  clock_gettime(CLOCK_MONOTONIC, &now);
  int length = snprintf(text, sizeof text, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
  int file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
  return write(file, text, length) == length ? 0 : 1;
}
