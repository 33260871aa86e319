/**
 * What was odd about a body that was nevertheless understood.
 *
 * Devices of every brand bend the rules (GB/T 28181 Annex A against the field); a receiver takes what it safely can and
 * says what it had to overlook. One note per kind and place, counted, so that the notes of a catalog with ten thousand
 * equally odd items are as short as those of one with a single item.
 */
export type NoteCode =
  | 'charset-mislabelled'
  | 'undecodable-bytes'
  | 'leading-junk'
  | 'trailing-junk'
  | 'control-character'
  | 'stray-ampersand'
  | 'stray-less-than'
  | 'unquoted-attribute'
  | 'unmatched-close-tag'
  | 'unclosed-tag'
  | 'missing-field'
  | 'bad-value'
  | 'num-mismatch'

export interface Note {
  readonly code: NoteCode
  /** The element meant, as a path below the root without list positions: `DeviceList.Item.Status`. */
  readonly where?: string
  /** How often it was met in this body, 1 or more. */
  readonly count: number
}

const none: readonly Note[] = []

/** Collects notes, one for each kind and place. */
export class Notes {
  /** Most bodies give no reason for one. */
  #met: Map<string, { code: NoteCode; where: string; count: number }> | undefined

  add(code: NoteCode, where = '', count = 1): void {
    const key = `${code} ${where}`
    this.#met ??= new Map()
    const met = this.#met.get(key)
    if (met) met.count += count
    else this.#met.set(key, { code, where, count })
  }

  list(): readonly Note[] {
    if (this.#met === undefined) return none
    return [...this.#met.values()].map(({ code, where, count }) => (where ? { code, where, count } : { code, count }))
  }
}
