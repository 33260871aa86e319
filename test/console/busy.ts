/**
 * A platform that is busier than a test can make a real one: 10,000 devices, and a device that takes and sends a thousand
 * messages a second. Everything above it is the real thing: the HTTP server, its WebSocket, the page.
 */
import type { FlightReader, FlightRecord, Recording, Subject } from '../../src/inspect/recorder/record.ts'
import type { ActorView, DeviceView } from '../../src/platform/api.ts'
import type { Platform } from '../../src/platform/platform.ts'
import type { ServedPlatform } from '../../src/server/index.ts'

export const manyDevices = 10_000
export const messagesPerSecond = 1000
/** Milliseconds between two batches: as often as the recorder itself tells. */
const every = 100

export const idOf = (number: number): string => `3402000000132${String(number).padStart(7, '0')}`

const device = (number: number): DeviceView => ({
  id: idOf(number),
  state: 'online',
  online: true,
  offlineReason: null,
  offlineHint: null,
  transport: 'UDP',
  address: `10.0.${number >> 8}.${number & 255}:5060`,
  registeredAt: '2026-11-24T08:00:00.000Z',
  expiresAt: '2026-11-24T09:00:00.000Z',
  lastKeepaliveAt: '2026-11-24T08:30:00.000Z',
  nextDeadline: { what: 'keepalive', at: new Date(Date.now() + number * 100).toISOString() },
  gbVersion: '2.0',
  name: `Camera ${number}`,
  manufacturer: 'Simulated',
  model: 'SIM-1',
  firmware: '1.0',
  userAgent: null,
  profile: { name: 'generic', why: 'no vendor recognised' },
  channelCount: 4,
})

/** Each with its registration, and every fourth with a session and its transaction. */
function actorsOf({ id }: DeviceView, number: number): ActorView[] {
  const since = '2026-11-24T08:00:00.000Z'
  const registration = `registration:${id}`
  const own = { id: registration, machine: 'registration', parent: null, key: { deviceId: id } }
  const all: Omit<ActorView, 'state' | 'since' | 'nextTimer'>[] = [own]
  if (number % 4 === 0) {
    const callId = `call-${number}`
    const inviting = `inviting:${callId}`
    all.push({ id: inviting, machine: 'inviting', parent: registration, key: { deviceId: id, callId } })
    all.push({
      id: `inviteClient:z9${number}~1`,
      machine: 'inviteClient',
      parent: inviting,
      key: { branch: `z9${number}` },
    })
  }
  return all.map((actor) => ({ ...actor, state: 'online', since, nextTimer: null }))
}

/** Keepalive and answer by turns, each keepalive with the transaction that takes it. */
class BusyRecorder implements FlightReader {
  readonly bytes = 0
  #seq = 0
  #turn = 0

  recording(subject: Subject): Recording {
    return { subject, records: [], dropped: 0 }
  }

  follow(subject: Subject, _after: number, hear: (recording: Recording) => void): () => void {
    const tell = () => hear({ subject, records: this.#batch((messagesPerSecond * every) / 1000), dropped: 0 })
    const timer = setInterval(tell, every)
    return () => clearInterval(timer)
  }

  #batch(messages: number): FlightRecord[] {
    return Array.from({ length: messages / 2 }, () => this.#keepalive(++this.#turn)).flat()
  }

  #keepalive(turn: number): FlightRecord[] {
    const at = Date.now()
    const next = () => ({ seq: ++this.#seq, at })
    const ends = { transport: 'UDP' as const, local: '10.9.0.1:5060', remote: '10.0.0.1:5060' }
    const branch = `z9hG4bK${turn}`
    const actor = `nonInviteServer:${branch}~${turn}`
    const head = `Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=${branch}\r\nFrom: <sip:${idOf(1)}@3402000000>;tag=k${turn}\r\nTo: <sip:34020000002000000001@3402000000>\r\nCall-ID: keepalive-${turn}\r\nCSeq: ${turn} MESSAGE\r\n`
    const body = `<?xml version="1.0" encoding="GB2312"?>\r\n<Notify>\r\n<CmdType>Keepalive</CmdType>\r\n<SN>${turn}</SN>\r\n<DeviceID>${idOf(1)}</DeviceID>\r\n<Status>OK</Status>\r\n</Notify>\r\n`
    const request = `MESSAGE sip:34020000002000000001@3402000000 SIP/2.0\r\n${head}Content-Type: Application/MANSCDP+xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const taken = next()
    return [
      { ...taken, kind: 'message', direction: 'in', ...ends, text: request },
      {
        ...next(),
        kind: 'actor.started',
        actor,
        machine: 'nonInviteServer',
        parent: null,
        key: { branch },
        input: {},
        state: 'trying',
      },
      {
        ...next(),
        kind: 'actor.stepped',
        actor,
        event: { type: 'respond.final', message: { $message: taken.seq } },
        state: 'completed',
      },
      {
        ...next(),
        kind: 'message',
        direction: 'out',
        ...ends,
        text: `SIP/2.0 200 OK\r\n${head}Content-Length: 0\r\n\r\n`,
      },
      { ...next(), kind: 'timer.set', actor, timer: 'timerJ', due: at + 32_000 },
    ]
  }
}

/** The same platform with all of that. */
export function busy(platform: Platform): ServedPlatform {
  const devices = Array.from({ length: manyDevices }, (_, number) => device(number))
  const actors = devices.flatMap(actorsOf)
  const instead = new Map<string | symbol, unknown>([
    ['devices', () => devices],
    ['device', (id: string) => devices.find((each) => each.id === id)],
    ['actors', () => actors],
    ['recorder', new BusyRecorder()],
  ])
  return new Proxy(platform, {
    get: (target, name) => {
      if (instead.has(name)) return instead.get(name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
