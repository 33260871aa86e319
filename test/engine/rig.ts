/** An engine whose user is the test, on a virtual wire and clock, facing scripted peers. */
import { onTestFinished } from 'vitest'
import type { ActorRecord } from '../../src/engine/directory.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { Endpoint, Flow, ListenAddress } from '../../src/engine/network.ts'
import type { EngineOptions, EngineUser } from '../../src/engine/options.ts'
import type { ServerTransaction } from '../../src/engine/server-transaction.ts'
import type { SipRequest } from '../../src/sip/message.ts'
import {
  type FateFunction,
  type LinkOptions,
  ScriptedPeer,
  SettlingClock,
  seededRandom,
  VirtualNetwork,
} from '../../src/testing/index.ts'

export const serverAt = { address: '192.0.2.10', port: 5060 }
export const peerAt = { address: '192.0.2.64', port: 5060 }
export const ids = { server: '34020000002000000001', peer: '34020000001110000001' }

export class TestUser implements EngineUser {
  readonly profile = {
    methods: ['REGISTER', 'MESSAGE', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'INFO', 'OPTIONS'],
    schemes: ['sip', 'sips'],
    extensions: [],
    contentTypes: ['application/manscdp+xml', 'application/sdp'],
  }
  readonly requests: ServerTransaction[] = []
  /** What came with them: a completed transaction lets go of its request. */
  readonly messages: SipRequest[] = []
  readonly rejections: string[] = []
  readonly notes: string[] = []
  readonly crashes: { id: string; error: unknown }[] = []
  readonly troubles: string[] = []
  readonly closed: Flow[] = []
  /** What is done with a request. Default: 200, or for an INVITE nothing. */
  handle = (transaction: ServerTransaction): void => {
    if (transaction.request.method !== 'INVITE') transaction.respond(200)
  }

  request(transaction: ServerTransaction): void {
    this.requests.push(transaction)
    this.messages.push(transaction.request)
    this.handle(transaction)
  }
  connectionClosed(flow: Flow): void {
    this.closed.push(flow)
  }
  rejected: NonNullable<EngineUser['rejected']> = ({ code }) => void this.rejections.push(code)
  noted: NonNullable<EngineUser['noted']> = ({ code }) => void this.notes.push(code)
  crashed = ({ id }: ActorRecord, error: unknown): void => void this.crashes.push({ id, error })
  trouble = (_: Endpoint, error: Error): void => void this.troubles.push(error.message)
}

export interface EngineRig {
  readonly clock: SettlingClock
  readonly network: VirtualNetwork
  readonly engine: Engine
  readonly user: TestUser
  /** Messages that the engine sent, `<first line>`, in order. */
  sent(): string[]
  peer(at?: Partial<Endpoint>, transport?: 'UDP' | 'TCP'): Promise<ScriptedPeer>
}

export const listenBoth: readonly ListenAddress[] = [
  { transport: 'UDP', ...serverAt },
  { transport: 'TCP', ...serverAt },
]

/** A listening engine; at the end of the test it is closed, and the clock must be still. */
export async function engineRig(
  options: Partial<EngineOptions> & { listen?: readonly ListenAddress[]; link?: LinkOptions | FateFunction } = {},
): Promise<EngineRig> {
  const { listen = listenBoth, link, ...rest } = options
  const clock = new SettlingClock(Date.UTC(2024, 4, 1))
  const network = new VirtualNetwork({ clock, ...(link !== undefined && { link }) })
  const user = new TestUser()
  const engine = new Engine({ clock, network, random: seededRandom(1), userAgent: 'test', ...rest }, user)
  await engine.listen(listen)
  onTestFinished(() => clock.passUntil(engine.close(), 10_000))
  return {
    clock,
    network,
    engine,
    user,
    sent: () =>
      network.log
        .filter(({ what, from }) => what === 'sent' && listen.some(({ address }) => from.includes(address)))
        .map(({ summary }) => summary),
    peer: (at = {}, transport = 'UDP') => ScriptedPeer.open({ network, clock, ...peerAt, ...at, transport }),
  }
}

export const uri = `sip:${ids.server}@3402000000`

/** A MESSAGE as the peer sends it; null takes a header away. */
export function text(changes: Readonly<Record<string, string | null>> = {}, start = '', body = ''): string {
  const method = (changes.CSeq ?? '20 MESSAGE').split(' ')[1] ?? ''
  const headers: Record<string, string | null> = {
    Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKone',
    From: `<sip:${ids.peer}@3402000000>;tag=f1`,
    To: `<${uri}>`,
    'Call-ID': 'call-1@192.0.2.64',
    CSeq: '20 MESSAGE',
    'Max-Forwards': '70',
    ...changes,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return [start || `${method} ${uri} SIP/2.0`, ...lines, `Content-Length: ${body.length}`, '', body].join('\r\n')
}

/** The statuses of all responses that a peer has got, in order. */
export const statuses = (peer: ScriptedPeer): number[] =>
  peer.received.flatMap(({ message }) => ('status' in message ? [message.status] : []))

/** Sends each text in turn and gives the statuses of all answers. */
export async function answersTo(rig: EngineRig, ...texts: string[]): Promise<number[]> {
  const one = await rig.peer()
  for (const each of texts) {
    one.send(each, serverAt)
    rig.clock.advance(0)
  }
  await one.close()
  return statuses(one)
}

/** An INVITE as the peer sends it. */
export const invite = (changes: Readonly<Record<string, string | null>> = {}): string =>
  text({ CSeq: '1 INVITE', ...changes })
