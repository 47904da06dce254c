/* Prints so many MiB of lines as programs print them: one after the other, in the blocks of stdio (4 KiB). */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  long left = argc > 1 ? atol(argv[1]) << 20 : 0;
  for (long number = 0; left > 0; number += 1) {
    char line[96];
    int length = snprintf(line, sizeof line, "[%ld] a line of output as programs print it, neither short nor long\n", number);
    if (length > left) length = left;
    if (fwrite(line, 1, length, stdout) != (size_t)length) return 1;
    left -= length;
  }
  return fflush(stdout) == 0 ? 0 : 1;
}
