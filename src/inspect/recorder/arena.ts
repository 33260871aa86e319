/**
 * Memory for what is recorded: chunks of one size out of large buffers, chained per track, oldest first.
 *
 * A track that has had its share gives up its own oldest chunk for the next; when all chunks are taken, the chunk that
 * has been in use longest goes, whosever it is. Bytes outside of the heap and a few numbers for each chunk: nothing here
 * is work for the garbage collector, however much is kept. What is put in are entries of one or several records; of what
 * they say it knows nothing, only how long each is and how many records.
 */

/**
 * What stands before an entry: its length, of 24 bits, and how many records it is, of 8. Read without a call for each byte
 * of it.
 */
export const headBytes = 4
export const headOf = (length: number, records: number): number => records * 2 ** 24 + length
export const lengthAt = (entries: Buffer, at: number): number =>
  (entries[at] ?? 0) | ((entries[at + 1] ?? 0) << 8) | ((entries[at + 2] ?? 0) << 16)
export const recordsAt = (entries: Buffer, at: number): number => entries[at + 3] ?? 0
const longestEntry = 2 ** 24 - 1
export const mostRecords = 2 ** 8 - 1

/** Small enough that a device that only registered wastes little, large enough that few entries are torn. */
export const chunkBytes = 2048
/** So many that the few slabs stay in the caches; what of a slab is never used takes no memory. */
const slabBits = 11
const chunksPerSlab = 2 ** slabBits
/** No chunk; or no entry begins there. */
const nil = -1

/**
 * What is noted of each chunk, side by side, so that all of it comes with one access to memory: the next chunk of its track;
 * its neighbours in the order in which chunks were taken into use; where the first entry begins that begins in it; how
 * many records do. The last two stand in the track as long as the chunk is its newest.
 */
const note = { next: 0, older: 1, newer: 2, first: 3, begun: 4 } as const
const notesPerChunk = 8

/** The records of one subject: which chunks have them. */
export class Track {
  /** Its oldest and its newest chunk. */
  head = nil
  tail = nil
  /** How many chunks it has. */
  chunks = 0
  /** Of the newest chunk: how many bytes are taken, where the first entry begins that begins in it, how many records do. */
  filled = 0
  first = nil
  begun = 0
  /** Records that had to make room. */
  dropped = 0
}

/** Where a chunk begins in its slab. */
const offsetOf = (chunk: number): number => (chunk & (chunksPerSlab - 1)) * chunkBytes

export interface ArenaLimits {
  /** Bytes that one track may have. */
  readonly trackBytes: number
  /** Bytes of all tracks together. */
  readonly totalBytes: number
  /** A track's oldest chunk goes when it needs a new one and the next oldest was begun this many milliseconds ago. */
  readonly age: number
}

export class Arena<Kept extends Track = Track> {
  readonly #perTrack: number
  readonly #most: number
  readonly #age: number
  /** A track has lost its last chunk to another. */
  readonly #emptied: (track: Kept) => void
  readonly #slabs: Buffer[] = []
  #notes = new Int32Array(0)
  /** When each chunk was taken into use. */
  #since = new Float64Array(0)
  readonly #owners: (Kept | undefined)[] = []
  readonly #free: number[] = []
  #oldest = nil
  #newest = nil
  #inUse = 0

  constructor(limits: ArenaLimits, emptied: (track: Kept) => void) {
    this.#perTrack = Math.max(2, Math.floor(limits.trackBytes / chunkBytes))
    this.#most = Math.max(2, Math.floor(limits.totalBytes / chunkBytes))
    this.#age = limits.age
    this.#emptied = emptied
  }

  /** The longest entry that is taken: half of what a track may have, so that a second one fits beside it. */
  get longest(): number {
    return Math.min(Math.floor(Math.min(this.#perTrack, this.#most) / 2) * chunkBytes, longestEntry)
  }

  /** Bytes in use, in whole chunks. */
  get bytes(): number {
    return this.#inUse * chunkBytes
  }

  /**
   * Adds the entries that stand from `start` to `end` in `entries`, each of them at most `longest`: several at once, because
   * each copy is a call into the runtime.
   *
   * @param at milliseconds of the clock.
   */
  append(track: Kept, entries: Buffer, start: number, end: number, at: number): void {
    let begin = start
    for (let from = start; from < end; ) {
      if (track.tail === nil || track.filled === chunkBytes) this.#extend(track, at)
      const chunk = track.tail
      const { filled } = track
      const taken = Math.min(end - from, chunkBytes - filled)
      if (track.first === nil && begin < from + taken) track.first = filled + begin - from
      for (; begin < from + taken; begin += lengthAt(entries, begin)) track.begun += recordsAt(entries, begin)
      entries.copy(this.#slabOf(chunk), offsetOf(chunk) + filled, from, from + taken)
      track.filled = filled + taken
      from += taken
    }
  }

  /** The track's bytes from the first whole entry on. */
  read(track: Track): Buffer {
    if (track.head === nil) return Buffer.alloc(0)
    const bytes = Buffer.allocUnsafe(track.chunks * chunkBytes)
    let length = 0
    let begin = nil
    for (let chunk = track.head; chunk !== nil; chunk = this.#noted(chunk, note.next)) {
      const isNewest = chunk === track.tail
      const first = isNewest ? track.first : this.#noted(chunk, note.first)
      if (begin === nil && first !== nil) begin = length + first
      const from = offsetOf(chunk)
      length += this.#slabOf(chunk).copy(bytes, length, from, from + (isNewest ? track.filled : chunkBytes))
    }
    return begin === nil ? Buffer.alloc(0) : bytes.subarray(begin, length)
  }

  /** Gives all chunks of the track back, whose records have gone elsewhere. */
  clear(track: Track): void {
    const { dropped } = track
    while (track.head !== nil) this.#free.push(this.#cutHead(track))
    track.dropped = dropped
  }

  #slabOf(chunk: number): Buffer {
    return this.#slabs[chunk >>> slabBits] as Buffer
  }

  #noted(chunk: number, what: number): number {
    return this.#notes[chunk * notesPerChunk + what] as number
  }

  #note(chunk: number, what: number, value: number): void {
    this.#notes[chunk * notesPerChunk + what] = value
  }

  #extend(track: Kept, at: number): void {
    const chunk = this.#take(track, at)
    this.#owners[chunk] = track
    this.#since[chunk] = at
    const notes = this.#notes
    const own = chunk * notesPerChunk
    notes[own + note.next] = nil
    notes[own + note.older] = this.#newest
    notes[own + note.newer] = nil
    if (track.tail === nil) track.head = chunk
    else this.#leave(track, chunk)
    track.tail = chunk
    track.chunks += 1
    track.filled = 0
    track.first = nil
    track.begun = 0
    if (this.#newest === nil) this.#oldest = chunk
    else this.#note(this.#newest, note.newer, chunk)
    this.#newest = chunk
    this.#inUse += 1
  }

  /** What the track has of its newest chunk is noted with the chunk: another is the newest now. */
  #leave({ tail, first, begun }: Track, next: number): void {
    this.#note(tail, note.next, next)
    this.#note(tail, note.first, first)
    this.#note(tail, note.begun, begun)
  }

  /** A chunk that nobody has: the track's own oldest, where it is due to go anyway. */
  #take(track: Kept, at: number): number {
    if (track.chunks >= this.#perTrack) return this.#cutHead(track)
    while (this.#isOutlived(track, at)) this.#free.push(this.#cutHead(track))
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#inUse < this.#most) return this.#grow()
    const owner = this.#owners[this.#oldest] as Kept
    const chunk = this.#cutHead(owner)
    if (owner.head === nil && owner !== track) this.#emptied(owner)
    return chunk
  }

  /** Everything in the track's oldest chunk is older than is kept: the next one was begun that long ago. */
  #isOutlived({ head }: Track, at: number): boolean {
    if (head === nil) return false
    const next = this.#noted(head, note.next)
    return next !== nil && (this.#since[next] as number) + this.#age < at
  }

  /** Takes the oldest chunk out of its track and out of the order of use. */
  #cutHead(track: Track): number {
    const chunk = track.head
    track.head = this.#noted(chunk, note.next)
    track.chunks -= 1
    track.dropped += chunk === track.tail ? track.begun : this.#noted(chunk, note.begun)
    this.#owners[chunk] = undefined
    const older = this.#noted(chunk, note.older)
    const newer = this.#noted(chunk, note.newer)
    if (older === nil) this.#oldest = newer
    else this.#note(older, note.newer, newer)
    if (newer === nil) this.#newest = older
    else this.#note(newer, note.older, older)
    this.#inUse -= 1
    if (track.head === nil) track.tail = nil
    return chunk
  }

  #grow(): number {
    const first = this.#slabs.length * chunksPerSlab
    this.#slabs.push(Buffer.allocUnsafeSlow(chunksPerSlab * chunkBytes))
    if (first + chunksPerSlab > this.#since.length) this.#makeRoom(Math.max(chunksPerSlab, 2 * this.#since.length))
    const chunks = Math.min(chunksPerSlab, this.#most - this.#inUse)
    for (let chunk = first + chunks - 1; chunk > first; chunk--) this.#free.push(chunk)
    return first
  }

  #makeRoom(chunks: number): void {
    const notes = new Int32Array(chunks * notesPerChunk)
    notes.set(this.#notes)
    this.#notes = notes
    const since = new Float64Array(chunks)
    since.set(this.#since)
    this.#since = since
  }
}
