/*
 * ptrace(2) for User-Mode Linux, by LD_PRELOAD. A kernel takes the extended registers (NT_X86_XSTATE) of a process only whole, and else
 * says EFAULT. User-Mode Linux of Debian 12 sets as many as processors up to AVX-512 have; on one with AMX none of its processes
 * would start. What it leaves out is set to zero, which the header that it does set calls unused.
 *
 * No headers: it is compiled where there may be no libc to develop with.
 */
struct iovec {
  unsigned char *base;
  unsigned long length;
};

enum { SYS_PTRACE = 101, PEEK_FIRST = 1, PEEK_LAST = 3, GET_REGISTERS = 0x4204, SET_REGISTERS = 0x4205, XSTATE = 0x202 };
enum { MOST_BYTES = 65536 };

extern long syscall(long number, ...);
extern int *__errno_location(void);

static unsigned char whole[MOST_BYTES] __attribute__((aligned(8)));
static unsigned long bytes;

/* How many bytes the processor has; `whole` is left all zero. */
static unsigned long size_of_all(long pid) {
  struct iovec all = {whole, MOST_BYTES};
  if (syscall(SYS_PTRACE, GET_REGISTERS, pid, XSTATE, &all) < 0) return 0;
  for (unsigned long at = 0; at < all.length; at += 1) whole[at] = 0;
  return all.length;
}

/* Called whenever a process of the guest goes on: only what User-Mode Linux sets is copied, which is always as much, a word at a time. */
static long set_registers(long pid, const struct iovec *some) {
  if (bytes == 0) bytes = size_of_all(pid);
  if (bytes == 0) return -1;
  const unsigned long *from = (const unsigned long *)some->base;
  unsigned long *to = (unsigned long *)whole;
  unsigned long words = (some->length < bytes ? some->length : bytes) / sizeof *to;
  for (unsigned long at = 0; at < words; at += 1) to[at] = from[at];
  struct iovec all = {whole, bytes};
  return syscall(SYS_PTRACE, SET_REGISTERS, pid, XSTATE, &all);
}

long ptrace(int request, int pid, unsigned long address, void *data) {
  if (request == SET_REGISTERS && address == XSTATE) return set_registers(pid, data);
  if (request < PEEK_FIRST || request > PEEK_LAST) return syscall(SYS_PTRACE, (long)request, (long)pid, address, data);
  /* The system call stores what libc's function returns, with an errno of 0 as any word may be -1. */
  long word;
  if (syscall(SYS_PTRACE, (long)request, (long)pid, address, &word) < 0) return -1;
  *__errno_location() = 0;
  return word;
}
