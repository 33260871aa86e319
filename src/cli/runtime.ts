/**
 * How V8 and the C library work in a process that is all platform: when the one compiles, how it collects garbage, what the
 * other takes memory from. The command's business and not the library's: it concerns the whole process, and an embedder who
 * wants the same starts Node with these options and this environment.
 *
 * What V8 is made for is a page that is busy for a moment and then left alone. A platform is never left alone, and what
 * it keeps is of two kinds: devices, which stay, and transactions, which live for 32 s (Timer J), long enough to be taken
 * for something that stays, and are then garbage among the old objects, where only a collection of the whole heap finds
 * them. One of 20,000 devices takes 0.3 to 1 s of CPU.
 *
 * Options on the command line (`gb28181.js`): the size of the heap is settled before any script runs, and V8 ends a process
 * whose memory reducer is forbidden while it is at work.
 */
export const runtimeFlags: readonly string[] = [
  /**
   * What runs often is compiled in full after a third of the runs that V8 waits for. Under a call lies a great deal of code
   * that runs once for each: for ten thousand calls it ran as slow code, and as two kinds of code beside each other in the
   * processor's caches (`call-cpu` in full 476 us as V8 has it and 421 so, of four interleaved rounds; 506 and 438 of others).
   */
  '--invocation-count-for-turbofan=1000',
  /**
   * A loop is compiled as it is written, without its first round apart and without some rounds in a row: loops here run over
   * the twenty characters of a name or an id, once for each message, and what their code takes longer it does not make up for
   * (7 % of the misses for instructions of a call; 2 to 4 % of its CPU).
   */
  '--no-turbo-loop-peeling',
  '--no-turboshaft-loop-unrolling',
  /**
   * Node's own code stands on large pages, where the system has them: a process that is woken for five messages comes by
   * hundreds of small ones, each of which the processor must look for first (of a call 5 %, three processes with it and three
   * without in turn, twice). It takes 13 to 25 MB of memory that small pages would share with other Node processes.
   */
  '--use-largepages=silent',
  /**
   * V8's built-in functions are called where they stand, on those large pages. As a rule it copies them beside the code it
   * compiles, where calls to them are shorter, onto a hundred small pages (of a call 9, 2, 1 and 1 % less CPU in four runs of
   * two processes each in turn, whose single processes differ by more than that).
   */
  '--no-short-builtin-calls',
  /**
   * What is young has 32 MB, from the start. Each collection of it looks at every page of what is old besides, however little
   * has come together since the last: with 4 MB and 20,000 devices that is half of its time. Of a registration 5 % less than
   * with 16 MB and 8 % less than with 4, two processes of each in turn; 64 MB cost as much as 32, and to begin with 4 and grow
   * to 32 costs 2 % more for the first 80,000. A call costs the same. It is memory too, and at once: a platform with one device
   * takes 249 MB, and 186 with 4.
   */
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  /**
   * Young objects are collected by one thread. What lives on is a transaction in 32 s, spread over many small objects, and
   * V8's helper threads spend more on sharing those out than they save: a tenth of all CPU (`register-cpu` "during" 98
   * with them and 87 us without, one run), for pauses of a millisecond.
   */
  '--no-parallel-scavenge',
  /**
   * Every object begins among the young ones. Where V8 sees that what is made at some place lives on, as a transaction does
   * for its 32 s, it makes all from there among the old ones at once; those that are over in a moment all the same then keep
   * the young ones they hold, and so on (`register-cpu` in full 305 us with it and 257 without; of a call 7 KB were copied
   * that nobody needed, 2 without).
   */
  '--no-allocation-site-pretenuring',
  /**
   * The whole heap is collected when it has grown to four times what was found alive, as V8 does under load, and at no other
   * time. V8 would also whenever little has happened for some seconds, and then lower that limit, so that the next wave of
   * keepalives is a reason to collect; and under load 100 s after the last time, to make the heap as small as it can be: a
   * standstill of 0.1 to 0.4 s with 20,000 devices, in which thousands of requests come again. Both are its memory reducer's.
   */
  '--heap-growing-percent=300',
  '--memory-reducer-gc-count=0',
]

/**
 * Memory outside of V8's heap on large pages, where the system has them: of the hundred megabytes in which the recorder
 * keeps what it has of all devices, each message comes to a place that was last looked at long ago, and so does the
 * processor's way to it (`register-cpu` with a recorder 3 % less, without one the same; two processes of each in turn, four
 * rounds). Heeded by glibc from 2.35 on, and by nobody else.
 */
const largePages = 'glibc.malloc.hugetlb'

/** The environment in which Node is to start: the given one, and what is not settled in it already. */
export function runtimeEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GLIBC_TUNABLES: tunables = '' } = given
  if (tunables.includes(`${largePages}=`)) return given
  return { ...given, GLIBC_TUNABLES: [tunables, `${largePages}=1`].filter((setting) => setting !== '').join(':') }
}
