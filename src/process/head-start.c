/*
 * Starts a command and the supervisor that is its parent in one go: the command runs while the supervisor is still being loaded.
 * Between fork and exec nothing may run but system calls (vfork(2)), which no runtime with a garbage collector can promise. Compiled by
 * Bun when it is first needed (bun:ffi, cc); it includes and links nothing, and gets from the C library what no system call is alone.
 *
 *   a thread of the starter -- vfork --> one in between (setsid, pipes, ends) -- vfork --> the supervisor -- vfork --> the command
 *
 * vfork(2) stops the thread that calls it, so it is one of its own, with an errno of its own. All of its signals are blocked meanwhile.
 * The inner two are clone(2) with CLONE_VFORK, which is the same on a stack of its own.
 */

#ifdef __aarch64__
enum { READ = 63, WRITE = 64, CLOSE = 57, FCNTL = 25, DUP3 = 24, PIPE2 = 59, OPENAT = 56, RENAMEAT2 = 276, CHDIR = 49, UMASK = 166,
       SETSID = 157, GETPID = 172, FACCESSAT = 48, FUTEX = 98, SCHED_YIELD = 124, KILL = 129, WAIT4 = 260, EXECVE = 221,
       EXIT_GROUP = 94, PRCTL = 167, SIGACTION = 134, SIGPROCMASK = 135 };
enum { O_NOFOLLOW = 0100000 };
#else
enum { READ = 0, WRITE = 1, CLOSE = 3, FCNTL = 72, DUP3 = 292, PIPE2 = 293, OPENAT = 257, RENAMEAT2 = 316, CHDIR = 80, UMASK = 95,
       SETSID = 112, GETPID = 39, FACCESSAT = 269, FUTEX = 202, SCHED_YIELD = 24, KILL = 62, WAIT4 = 61, EXECVE = 59,
       EXIT_GROUP = 231, PRCTL = 157, SIGACTION = 13, SIGPROCMASK = 14 };
enum { O_NOFOLLOW = 0400000 };
#endif
enum { CLOSE_RANGE = 436, CLOSE_RANGE_CLOEXEC = 4, AT_FDCWD = -100, O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_TRUNC = 01000,
       O_NONBLOCK = 04000, O_CLOEXEC = 02000000, F_SETFD = 2, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030, F_SETPIPE_SZ = 1031, FD_CLOEXEC = 1,
       SIG_SETMASK = 2, SIGHUP = 1, SIGKILL = 9, SIGCHLD = 17, CLONE_VM = 0x100, CLONE_VFORK = 0x4000, SIGNALS = 64, X_OK = 1,
       EXITED_WITH_ONE = 1 << 8, FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129, EMFILE = 24, PR_SET_CHILD_SUBREAPER = 36 };

/* What the supervisor gets as 3, 4, 5, 6 and, with an open stdin, 7. */
enum { OUT_READ, OUT_WRITE, ERR_READ, ERR_WRITE, IN_WRITE, IN_READ, NOTHING, DESCRIPTORS };
enum { FIRST_GIVEN = 3, FAR = 100, MOST_PAGE = 65536, PAGE = 4096, MOST_OPEN = 65536, STACK = 16384, MOST_TURNS = 1000 };

/* As the starter lays it out: numbers are of 64 bits each. It stays there until `done`. */
struct order {
  /*
   * One behind the other, each with its NUL: the submission, which is emptied, and then called as the next, the log, in the moment
   * before the command begins; the command's directory; then of each program its path, its arguments and its environment. The first
   * is the supervisor, the last of whose arguments is room for what given.ts reads; of the others the first that can be executed is.
   */
  char *texts;
  char **vectors;           /* room for as many pointers as there are arguments and variables, and two for each program */
  long trace;               /* the file that the supervisor's stderr is added to, or -1 */
  long umask, open_stdin;   /* the command's */
  long programs;
  struct count {
    long arguments, variables;
  } counts[3];
  /* ours */
  char *submission, *log, *cwd, *begun;
  struct program {
    char *path, **argv, **environment;
  } program[3];
  unsigned long thread;
  long done, failed;        /* failed: no supervisor is on its way */
  long supervisor_pid;      /* once it is there, and before it is executed */
  volatile int is_certain;  /* whatever becomes of the starter, the others go on */
  volatile int may_exist;   /* a supervisor: who is killed before that has made none */
  long why, filled;
  long fds[DESCRIPTORS];
  int ends[2], is_open, tell;
  /* Who is killed while it waits for its child leaves that behind, and whoever waits for it goes on: nobody's stack may be another's. */
  char supervisor_stack[STACK], command_stack[STACK];
};

/* vfork(2) returns twice and clone(2) takes a function: neither is for syscall(2). */
static long (*call)(long number, ...);
static int (*fork_in_place)(void);
static int *(*errno_of)(void);
static int (*clone_process)(int (*run)(struct order *), void *stack, int flags, struct order *order);
static int (*join_thread)(unsigned long thread, void **result);

static char filler[MOST_PAGE];
static unsigned long default_action[4], ignored_action[4] = {1}, all_signals = ~0ul, no_signals;

static char *next_text(char **at) {
  char *text = *at;
  while (*(*at)++);
  return text;
}

static char **next_vector(char **at, char ***room, long count) {
  char **vector = *room;
  for (long index = 0; index < count; index++) vector[index] = next_text(at);
  vector[count] = 0;
  *room += count + 1;
  return vector;
}

static void take_apart(struct order *order) {
  char *at = order->texts, **room = order->vectors;
  order->submission = next_text(&at);
  order->log = next_text(&at);
  order->cwd = next_text(&at);
  for (long index = 0; index < order->programs; index++) {
    struct program *program = &order->program[index];
    program->path = next_text(&at);
    program->argv = next_vector(&at, &room, order->counts[index].arguments);
    program->environment = next_vector(&at, &room, order->counts[index].variables);
  }
  order->begun = order->program[0].argv[order->counts[0].arguments - 1];
}

/* Far above those that are given, so that none is in the way of another. */
static long moved(long fd) {
  long far = call(FCNTL, fd, F_DUPFD_CLOEXEC, FAR);
  call(CLOSE, fd);
  return far;
}

static int open_pipe(struct order *order, int read_at, int write_at) {
  if (call(PIPE2, order->ends, O_CLOEXEC) != 0) return 0;
  order->fds[read_at] = moved(order->ends[0]);
  order->fds[write_at] = moved(order->ends[1]);
  return order->fds[read_at] >= 0 && order->fds[write_at] >= 0;
}

/* Full to its end: what is printed into it waits until somebody reads what comes from both, in the order in which it comes. */
static int open_full_pipe(struct order *order, int read_at, int write_at) {
  if (!open_pipe(order, read_at, write_at)) return 0;
  long size = order->filled = call(FCNTL, order->fds[write_at], F_SETPIPE_SZ, PAGE);
  if (size <= 0 || size > MOST_PAGE || call(WRITE, order->fds[write_at], filler, size) != size) return 0;
  return call(FCNTL, order->fds[read_at], F_SETFL, O_NONBLOCK) == 0;
}

static int open_null(struct order *order, int at, int flags) {
  order->fds[at] = moved(call(OPENAT, AT_FDCWD, "/dev/null", flags | O_CLOEXEC, 0));
  return order->fds[at] >= 0;
}

static int open_all(struct order *order) {
  if (!open_null(order, NOTHING, O_RDWR) || !open_full_pipe(order, OUT_READ, OUT_WRITE)) return 0;
  if (!open_full_pipe(order, ERR_READ, ERR_WRITE)) return 0;
  if (!order->open_stdin) return open_null(order, IN_READ, O_RDONLY);
  return open_pipe(order, IN_READ, IN_WRITE) && call(FCNTL, order->fds[IN_WRITE], F_SETFL, O_NONBLOCK) == 0;
}

static void ignore_no_signal(void) {
  for (int at = 1; at <= SIGNALS; at++) call(SIGACTION, at, default_action, 0, 8);
}

/* As a new program finds things: no signal blocked, no descriptor from here on. */
static void begin_anew(int first_closed) {
  if (call(CLOSE_RANGE, first_closed, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
    for (int fd = first_closed; fd < MOST_OPEN; fd++) call(FCNTL, fd, F_SETFD, FD_CLOEXEC); /* Linux before 5.11 */
  call(SIGPROCMASK, SIG_SETMASK, &no_signals, 0, 8);
}

static void execute(struct program *program) { call(EXECVE, program->path, program->argv, program->environment); }

/* As vfork(2), on a stack of its own (clone(2)). */
static int fork_apart(int (*run)(struct order *), char *stack, struct order *order) {
  long end = (long)(stack + STACK) & -16;
  return clone_process(run, (void *)end, CLONE_VM | CLONE_VFORK | SIGCHLD, order);
}

/* In the command's process. */
static int become_command(struct order *order) {
  ignore_no_signal();
  call(SETSID);
  call(UMASK, order->umask);
  if (call(CHDIR, order->cwd) == 0) {
    call(DUP3, order->fds[IN_READ], 0, 0);
    call(DUP3, order->fds[OUT_WRITE], 1, 0);
    call(DUP3, order->fds[ERR_WRITE], 2, 0);
    begin_anew(FIRST_GIVEN);
    for (int at = 1; at < order->programs; at++) execute(&order->program[at]);
  }
  order->why = *errno_of();
  call(WRITE, order->tell, &order->why, sizeof order->why);
  call(EXIT_GROUP, 127);
  return 0;
}

/* From here on nobody begins it a second time: what it is to be begun with is gone. */
static int take_submission(struct order *order) {
  long fd = call(OPENAT, AT_FDCWD, order->submission, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  call(CLOSE, fd);
  return call(RENAMEAT2, AT_FDCWD, order->submission, AT_FDCWD, order->log, 0) == 0; /* of several, one can */
}

/*
 * The command's pid, or an errno's negative. Its end of a pipe, which only these two have, is closed by its execution, and by its death
 * before that.
 */
static long begin(struct order *order) {
  if (call(PIPE2, order->ends, O_CLOEXEC) != 0) return -*errno_of();
  int told = moved(order->ends[0]);
  order->tell = moved(order->ends[1]);
  if (told < 0 || order->tell < 0) return -EMFILE;
  int command = fork_apart(become_command, order->command_stack, order);
  if (command < 0) return -*errno_of();
  call(CLOSE, order->tell);
  long count = call(READ, told, &order->why, sizeof order->why);
  if (count == 0) return command;
  call(WAIT4, command, 0, 0, 0);
  return -order->why;
}

static char *put_number(char *text, long number) {
  if (number < 0) *text++ = '-', number = -number;
  int length = 1;
  for (long rest = number; rest > 9; rest /= 10) length++;
  char *end = text + length;
  *end = 0;
  for (; length > 0; number /= 10) text[--length] = '0' + number % 10;
  return end;
}

/* Its starter's stdin and stdout must not stay open here: a client waits for their end. */
static void put(long fd, int at) {
  if (call(DUP3, fd, at, 0) < 0) call(CLOSE, at);
}

/* In the supervisor's process. With nothing begun it is one like all others, and begins the command itself. */
static int become_supervisor(struct order *order) {
  int is_open = order->is_open;
  order->supervisor_pid = call(GETPID);
  /* An end must not pass unseen where SIGCHLD was ignored (wait(2)), and a terminal's end is nothing to it, now as later. */
  ignore_no_signal();
  call(SIGACTION, SIGHUP, ignored_action, 0, 8);
  /* It stays so when the supervisor is executed (prctl(2)): whoever loses its parent before that is adopted as well. */
  call(PRCTL, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  call(UMASK, 077);
  call(CHDIR, "/");
  put(order->fds[NOTHING], 0);
  put(order->fds[NOTHING], 1);
  put(order->trace < 0 ? order->fds[NOTHING] : order->trace, 2);
  int first_closed = FIRST_GIVEN;
  for (int at = OUT_READ; is_open && at <= IN_WRITE; at++)
    if (order->fds[at] >= 0) call(DUP3, order->fds[at], first_closed++, 0);
  int is_there = call(FACCESSAT, AT_FDCWD, order->program[0].path, X_OK) == 0;
  long begun = is_open && is_there && take_submission(order) ? begin(order) : 0;
  /* From here on there is a command that may stop its parent, which nobody would know for what it is: so this is short. */
  char *text = put_number(order->begun, begun);
  if (begun > 0) {
    *text++ = ':';
    put_number(text, order->filled);
  }
  begin_anew(begun > 0 ? first_closed : FIRST_GIVEN);
  execute(&order->program[0]);
  if (begun > 0) call(KILL, -begun, SIGKILL);
  call(EXIT_GROUP, 1);
  return 0;
}

static void make_certain(struct order *order) {
  order->is_certain = 1;
  call(FUTEX, &order->is_certain, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

/* In the thread. */
static void *start_both(struct order *order) {
  call(SIGPROCMASK, SIG_SETMASK, &all_signals, 0, 8);
  int status = 0;
  int between = fork_in_place();
  if (between == 0) {
    call(SETSID);
    make_certain(order);
    for (int at = 0; at < DESCRIPTORS; at++) order->fds[at] = -1;
    take_apart(order);
    order->is_open = open_all(order);
    order->may_exist = 1;
    call(EXIT_GROUP, fork_apart(become_supervisor, order->supervisor_stack, order) < 0);
  }
  if (between > 0) call(WAIT4, between, &status, 0, 0);
  /* Its end can't be asked where SIGCHLD is ignored; then, as where it is killed at the last moment, a reader finds what is missing. */
  order->failed = between < 0 || status == EXITED_WITH_ONE || (status != 0 && !order->may_exist);
  if (order->trace >= 0) call(CLOSE, order->trace);
  order->done = 1;
  make_certain(order);
  return 0;
}

/*
 * 0, or an errno: then nothing was started. Returns when it is certain: who has been told so must be right, though this process is killed
 * in the next moment. Without functions: returns once that order is done, to be called once for each.
 */
int head_start(struct order *order, void **functions) {
  if (!functions) return join_thread(order->thread, 0);
  call = functions[0];
  fork_in_place = functions[1];
  errno_of = functions[2];
  join_thread = functions[3];
  clone_process = functions[4];
  int (*create)(unsigned long *, void *, void *(*)(struct order *), struct order *) = functions[5];
  int error = create(&order->thread, 0, start_both, order);
  /* Who sleeps here is woken when others have taken both processors. */
  for (int turns = 0; !error && !order->is_certain && turns < MOST_TURNS; turns++) call(SCHED_YIELD);
  while (!error && !order->is_certain) call(FUTEX, &order->is_certain, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
  return error;
}
