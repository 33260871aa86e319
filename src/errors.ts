/**
 * What this package throws. One class, told apart by `code`; every code is stable and documented in the README.
 *
 * Wrong use of an option is a `TypeError` naming the option's path instead: the program is at fault, not the world.
 */

/** A message that proves a failure, without its secrets. */
export interface Evidence {
  /** ISO 8601, UTC, with milliseconds. */
  readonly at: string
  readonly direction: 'in' | 'out'
  readonly transport: string
  /** `address:port` of the other side. */
  readonly remote: string
  /** The first line of the message, or what happened instead of one. */
  readonly summary: string
  readonly callId?: string
  readonly cseq?: string
}

export interface ErrorDetails {
  /** The most likely fix, as one sentence to the person in front of the camera. */
  readonly hint?: string
  readonly evidence?: readonly Evidence[]
  readonly cause?: unknown
  /** SIP status code, where the other side answered with one. */
  readonly status?: number
  readonly [detail: string]: unknown
}

const brand = Symbol.for('gb28181.Gb28181Error')

export class Gb28181Error extends Error {
  readonly code: string
  readonly details: ErrorDetails

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Gb28181Error'
    this.code = code
    this.details = details
    Object.defineProperty(this, brand, { value: true })
  }

  get hint(): string | undefined {
    return this.details.hint
  }

  get evidence(): readonly Evidence[] {
    return this.details.evidence ?? []
  }

  /** The body of the HTTP answer: `{ error: { code, message, hint?, evidence?, … } }`. */
  toJSON(): { error: { code: string; message: string; [detail: string]: unknown } } {
    const { cause: _, ...details } = this.details
    return { error: { code: this.code, message: this.message, ...details } }
  }

  /** Holds across two installed copies of the package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}
