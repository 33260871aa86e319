/** What the HTTP server needs of a platform. `Platform` has it; a test may offer less than a whole one. */
import type { FlightReader } from '../inspect/recorder/index.ts'
import type {
  ActorDetail,
  ActorView,
  ChannelList,
  DeviceView,
  EventFilter,
  EventGap,
  FindingView,
  PlatformEvent,
  PlatformEventName,
  PlatformEventOf,
  PlayRequest,
  QueryAnswer,
  QueryCommand,
  SessionView,
  Waiting,
} from '../platform/api.ts'

export interface ServedSession {
  readonly id: string
  readonly viewerId: string
  view(): SessionView
}

export interface ServedPlatform {
  readonly id: string
  readonly state: 'starting' | 'serving' | 'draining' | 'stopped'
  devices(): readonly DeviceView[]
  device(id: string): DeviceView | undefined
  forget(id: string): boolean
  channels(deviceId: string): ChannelList | undefined
  findings(deviceId: string, callId?: string): readonly FindingView[] | undefined
  query(
    deviceId: string,
    query: { readonly cmdType: QueryCommand; readonly channelId?: string },
    waiting?: Waiting,
  ): Promise<QueryAnswer>
  play(request: PlayRequest, waiting?: Waiting): Promise<ServedSession>
  sessions(): readonly SessionView[]
  session(id: string): SessionView | undefined
  stop(sessionId: string, viewerId?: string): Promise<void>
  actors(): readonly ActorView[]
  actor(id: string): ActorDetail | undefined
  readonly recorder: FlightReader
  on<Name extends PlatformEventName>(name: Name, listener: (event: PlatformEventOf<Name>) => void): () => void
  events(filter?: EventFilter): AsyncGenerator<PlatformEvent | EventGap, void, undefined>
  counters(): Readonly<Record<string, number>>
}
