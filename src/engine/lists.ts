/** Short lists of those who come and go with every session. */

const empty: readonly never[] = []

/**
 * Another list without it. The empty one is always the same: it stays with whoever has it, and a new one for each who goes
 * is an object that lives long enough to be copied.
 */
export function without<T>(list: readonly T[], gone: T): readonly T[] {
  return list.length === 1 && list[0] === gone ? empty : list.filter((element) => element !== gone)
}
