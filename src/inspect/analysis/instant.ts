/** Times of records as people and JSON have them. */

/** The last instant that a Date has; damaged captures hold others. */
const latest = 8.64e15

/** ISO 8601, UTC, with milliseconds; a time beyond what that can say becomes the last one that it can. */
export const isoTime = (at: number): string =>
  new Date(Number.isFinite(at) ? Math.min(Math.max(at, -latest), latest) : latest).toISOString()
