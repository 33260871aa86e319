/** An iterator that ends by an AbortSignal, as an Effect stream that ends with its scope. */
import { Effect, Stream } from 'effect'

/**
 * Reads from `open(signal)`, one value at a time, so that the iterator's own bound holds. Leaving the stream aborts the
 * signal: that wakes an iterator which waits for its next value, and nothing is left listening.
 */
export const abortableStream = <A>(
  open: (signal: AbortSignal) => AsyncGenerator<A, void, undefined>,
): Stream.Stream<A> =>
  Stream.unwrap(
    Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (reading) => Effect.sync(() => reading.abort()),
    ).pipe(
      Effect.map((reading) => {
        const reader = open(reading.signal)
        return Stream.fromEffectRepeat(Effect.promise(() => reader.next())).pipe(
          Stream.takeWhile((next) => next.done !== true),
          Stream.map((next) => next.value),
        )
      }),
    ),
  )
