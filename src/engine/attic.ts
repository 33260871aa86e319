/**
 * Messages that must be there for a while and are hardly ever read again: the answers of completed transactions, kept for
 * 32 s in case the request comes once more (RFC 3261 17.2.2).
 *
 * As strings they were most of what the garbage collector had to copy, twice each, and then to find again among the old
 * objects. Here they are bytes in large blocks that it never looks into. A block is used again when all its messages are
 * gone, and as they go in the order in which they came, few blocks are half empty.
 */

const blockSize = 1 << 16
/** Empty blocks that are kept for the next wave; more are left to the garbage collector. */
const spareBlocks = 256

export class Block {
  readonly bytes: Buffer
  used = 0
  /** Messages in it that are not dropped. */
  kept = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }

  /** A copy: what is sent must not change before it is gone. */
  read(from: number, to: number): Buffer {
    return Buffer.from(this.bytes.subarray(from, to))
  }
}

export class Attic {
  #open = new Block(blockSize)
  readonly #spare: Block[] = []

  /** The block in which `message` stands now, from `used - message.length` to `used`. */
  keep(message: Buffer): Block {
    const block = this.#blockFor(message.length)
    block.bytes.set(message, block.used)
    block.used += message.length
    block.kept++
    return block
  }

  /** One message of a block is not needed any more. */
  drop(block: Block): void {
    block.kept--
    if (block.kept > 0 || block === this.#open) return
    block.used = 0
    if (block.bytes.length === blockSize && this.#spare.length < spareBlocks) this.#spare.push(block)
  }

  #blockFor(length: number): Block {
    if (length > blockSize) return new Block(length)
    if (this.#open.kept === 0) this.#open.used = 0
    if (this.#open.used + length > blockSize) this.#open = this.#spare.pop() ?? new Block(blockSize)
    return this.#open
  }
}
