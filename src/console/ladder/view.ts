/** How a ladder is looked at: all of it in the address, so that it can be sent to somebody else. */
import { routeOf, setQuery, useRoute } from '../state/route.ts'

export const colourings = ['kind', 'call', 'method', 'transaction'] as const
export type Colouring = (typeof colourings)[number]
export const clocks = ['absolute', 'relative'] as const
export type Clock = (typeof clocks)[number]
export type Docked = 'message' | 'chart' | 'compare'

export interface LadderView {
  readonly filter: string
  readonly find: string
  /** The chosen message. */
  readonly message: number | undefined
  /** At most two, to be compared. */
  readonly marked: readonly number[]
  readonly colour: Colouring
  readonly clock: Clock
  readonly byAddress: boolean
  readonly sdp: boolean
  readonly media: boolean
  /** The messages themselves instead of arrows. */
  readonly list: boolean
  /** The chosen message as it was sent instead of field by field. */
  readonly raw: boolean
  readonly dock: Docked
  /** The actor in the dock, where it is not the first that has to do with the message. */
  readonly actor: string | undefined
}

export const viewIn = (query: URLSearchParams): LadderView => ({
  filter: query.get('q') ?? '',
  find: query.get('find') ?? '',
  message: numbersIn(query, 'message')[0],
  marked: numbersIn(query, 'marked'),
  colour: colourings.find((each) => each === query.get('colour')) ?? 'kind',
  clock: clocks.find((each) => each === query.get('clock')) ?? 'absolute',
  byAddress: query.has('byAddress'),
  sdp: query.has('sdp'),
  media: !query.has('noMedia'),
  list: query.has('list'),
  raw: query.has('raw'),
  dock: query.get('dock') === 'chart' ? 'chart' : query.get('dock') === 'compare' ? 'compare' : 'message',
  actor: query.get('actor') ?? undefined,
})

const numbersIn = (query: URLSearchParams, name: string): number[] =>
  (query.get(name) ?? '').split(',').filter(Boolean).map(Number).filter(Number.isSafeInteger)

export const useLadderView = (): LadderView => viewIn(useRoute().query)

/** Keys may come faster than the page is drawn, so they go by the address and not by what was drawn last. */
export const currentView = (): LadderView => viewIn(routeOf(location.hash).query)

export const toggle = (name: string, on: boolean): void => setQuery({ [name]: on ? '' : '1' })

export const next = <T>(all: readonly T[], one: T): T => all[(all.indexOf(one) + 1) % all.length] ?? one
