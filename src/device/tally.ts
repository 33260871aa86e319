/** What one device or a whole fleet has been through, added up from its events. */
import type { DeviceEvent } from './events.ts'

export interface DeviceSummary {
  readonly devices: number
  /** Registered at this moment. */
  readonly registered: number
  /** REGISTERs accepted, refreshes included. */
  readonly registrations: number
  /** Attempts that failed, by reason. */
  readonly failed: Readonly<Record<string, number>>
  /** How often the platform was lost, by reason. */
  readonly lost: Readonly<Record<string, number>>
  readonly keepalives: { readonly sent: number; readonly answered: number; readonly unanswered: number }
  readonly queries: Readonly<Record<string, number>>
  readonly sessions: {
    readonly active: number
    readonly invited: number
    readonly started: number
    /** By what ended them. */
    readonly ended: Readonly<Record<string, number>>
  }
  /** RTP packets sent, those of running sessions included. */
  readonly packets: number
  readonly crashes: number
}

export class Tally {
  readonly #registered = new Set<string>()
  readonly #failed = new Map<string, number>()
  readonly #lost = new Map<string, number>()
  readonly #queries = new Map<string, number>()
  readonly #ended = new Map<string, number>()
  #registrations = 0
  #sent = 0
  #answered = 0
  #unanswered = 0
  #invited = 0
  #started = 0
  #packets = 0
  #crashes = 0

  take(event: DeviceEvent): void {
    switch (event.name) {
      case 'registered':
        this.#registered.add(event.deviceId)
        this.#registrations += 1
        break
      case 'registration.failed':
        this.#registered.delete(event.deviceId)
        count(this.#failed, event.reason)
        break
      case 'lost':
        this.#registered.delete(event.deviceId)
        count(this.#lost, event.reason)
        break
      case 'unregistered':
        this.#registered.delete(event.deviceId)
        break
      case 'keepalive.sent':
        this.#sent += 1
        break
      case 'keepalive.answered':
        if (event.status === null) this.#unanswered += 1
        else this.#answered += 1
        break
      case 'query.received':
        // CmdTypes come from the peer: what is not known is one kind.
        count(this.#queries, /^(Catalog|DeviceInfo|DeviceStatus)$/.test(event.cmdType) ? event.cmdType : 'other')
        break
      case 'invited':
        this.#invited += 1
        break
      case 'session.started':
        this.#started += 1
        break
      case 'session.ended':
        count(this.#ended, event.why)
        this.#packets += event.packets
        break
      case 'actor.crashed':
      case 'engine.trouble':
        this.#crashes += 1
        break
    }
  }

  summary(devices: number, running: { sessions: number; packets: number }): DeviceSummary {
    return {
      devices,
      registered: this.#registered.size,
      registrations: this.#registrations,
      failed: Object.fromEntries(this.#failed),
      lost: Object.fromEntries(this.#lost),
      keepalives: { sent: this.#sent, answered: this.#answered, unanswered: this.#unanswered },
      queries: Object.fromEntries(this.#queries),
      sessions: {
        active: running.sessions,
        invited: this.#invited,
        started: this.#started,
        ended: Object.fromEntries(this.#ended),
      },
      packets: this.#packets + running.packets,
      crashes: this.#crashes,
    }
  }
}

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)
