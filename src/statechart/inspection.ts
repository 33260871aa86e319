/**
 * Who listens to the actors. Holds the listeners, and keeps a listener that throws away from the actor it listens to:
 * XState calls inspectors from within a step, where an exception would end the actor.
 */
import type { InspectionEvent } from 'xstate'

export type InspectionListener = (record: InspectionEvent) => void

export class Inspectors {
  readonly #listeners = new Set<{ readonly hear: InspectionListener }>()
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  get listening(): boolean {
    return this.#listeners.size > 0
  }

  /** @returns what takes the listener away again. */
  add(hear: InspectionListener): () => void {
    const entry = { hear }
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  readonly tell = (record: InspectionEvent): void => {
    for (const { hear } of this.#listeners) this.tellOne(hear, record)
  }

  tellOne(hear: InspectionListener, record: InspectionEvent): void {
    try {
      hear(record)
    } catch (error) {
      this.#report(error)
    }
  }
}
