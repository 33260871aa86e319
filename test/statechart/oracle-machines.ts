/**
 * Random machines in the subset, for comparing executors: up to four levels, everything that the subset has, and some
 * things that throw.
 *
 * Their actions write into their owner (`Witness`), so that one machine can be run by both executors side by side.
 */
import { type AnyStateMachine, assign, cancel, type EventObject, raise, setup } from 'xstate'
import type { Random } from '../../src/engine/options.ts'
import { ownerOf } from '../../src/statechart/index.ts'

/** What a random machine acts on. */
export interface Witness {
  /** What was done, in order. */
  readonly log: string[]
  /** How often it may still send to itself: two states that greet each other would never come to rest. */
  letters: number
  send(event: EventObject): void
  stop(): void
  /** What the actor shows while it acts. */
  look(): string
}

interface Context {
  readonly n: number
  readonly word?: string
}

type Numbered = { type: string; k: number }
type Params = { readonly what: string; readonly k: number }

const witness = ({ self }: { self: object }): Witness => ownerOf<Witness>(self)

const parts = setup({
  types: {
    input: {} as { n: number },
    context: {} as Context,
    events: {} as Numbered,
    tags: {} as string,
  },
  guards: {
    even: ({ context }) => context.n % 2 === 0,
    below: ({ context }, { k }: Params) => context.n % 11 < k,
    odd: ({ event }) => 'k' in event && event.k % 2 === 1,
    fragile: ({ context }) => {
      if (context.n % 7 === 3) throw new Error(`fragile at ${context.n}`)
      return context.n % 2 === 0
    },
  },
  delays: {
    short: 10,
    varying: ({ context }) => 5 + (context.n % 40),
    byEvent: ({ event }) => 3 * event.type.length,
    none: 0,
    past: -5,
  },
  actions: {
    log: ({ context, event, self }, params: Params) =>
      void witness({ self }).log.push(`${params.what} ${params.k} n${context.n} ${event.type}`),
    bare: (args) => void witness(args).log.push(`bare ${args.context.n} ${args.event.type}`),
    look: (args) => void witness(args).log.push(`look ${witness(args).look()}`),
    greet: (args) => {
      const to = witness(args)
      if (to.letters-- > 0) to.send({ type: 'A' })
    },
    leave: (args) => {
      if (args.context.n % 5 === 0) witness(args).stop()
    },
    explode: ({ context }, { k }: Params) => {
      if ((context.n + k) % 9 === 0) throw new Error(`explosion ${k} at ${context.n}`)
    },
    increment: assign({ n: ({ context }) => (context.n + 1) % 1000 }),
    add: assign(({ context }, { k }: Params) => ({ n: (context.n + k) % 1000 })),
    rename: assign({ word: 'fixed', n: ({ context }, { k }: Params) => (context.n * k) % 1000 }),
    nothing: assign({}),
    explodeInside: assign(({ context }) => {
      if (context.n % 9 === 4) throw new Error(`assign at ${context.n}`)
      return { n: context.n + 1 }
    }),
    raiseR: raise({ type: 'R', k: 1 }),
    raiseVarying: raise(({ context }) => ({ type: context.n % 2 === 0 ? 'A' : 'R', k: context.n })),
    later: raise({ type: 'L', k: 2 }, { id: 'later', delay: 'varying' }),
    laterComputed: raise(({ context }) => ({ type: 'L', k: context.n }), {
      id: 'computed',
      delay: ({ context }) => context.n % 30,
    }),
    laterNameless: raise({ type: 'R', k: 3 }, { delay: 7 }),
    // No number of milliseconds is no delay.
    laterPerhaps: raise({ type: 'B', k: 4 }, { id: 'later', delay: ({ context }) => (context.n % 2 ? 9 : Number.NaN) }),
    revoke: cancel('later'),
    revokeVarying: cancel(({ context }) => (context.n % 2 === 0 ? 'computed' : 'later')),
    revokeUnknown: cancel('nobody'),
  },
})

const events = ['A', 'B', 'C', 'x.y', 'x.z']
export const sendable: readonly string[] = [...events, 'R', 'L', 'unknown']
const delays = ['short', 'varying', 'byEvent', 'none', 'past']

type Config = Record<string, unknown>

/** One machine; its shape follows from what `random` says. */
export function randomMachine(random: Random): AnyStateMachine {
  return new Shaper(random).machine()
}

class Shaper {
  readonly #random: Random
  readonly #paths: string[][] = []
  #serial = 0

  constructor(random: Random) {
    this.#random = random
  }

  machine(): AnyStateMachine {
    const states = this.#states(this.#below(3), [])
    const decorated = this.#decorate({ initial: this.#initial('s0'), states }, [])
    return parts.createMachine({
      id: 'm',
      context: this.#context(),
      ...decorated,
      // Some would go on for ever.
      options: { maxIterations: 40 },
    } as Parameters<typeof parts.createMachine>[0])
  }

  #context() {
    if (this.#chance(0.15)) return { n: 6 }
    if (this.#chance(0.02)) {
      return () => {
        throw new Error('no context')
      }
    }
    return ({ input }: { input: { n: number } }) => ({ n: input.n })
  }

  /** The bare tree; `#paths` lists all there is to aim at. */
  #states(depth: number, above: readonly string[]): Config {
    const names = Array.from({ length: 2 + this.#below(3) }, (_, index) => `s${index}`)
    return Object.fromEntries(names.map((name) => [name, this.#state(name, depth, [...above, name])]))
  }

  #state(name: string, depth: number, path: string[]): Config {
    this.#paths.push(path)
    const kind = this.#random.fraction()
    if (kind < 0.14 && name !== 's0') return { type: 'final', ...this.#output() }
    if (depth === 0 || kind > 0.5) return {}
    return { initial: this.#initial('s0'), states: this.#states(depth - 1, path) }
  }

  #initial(target: string): unknown {
    return this.#chance(0.3) ? { target, actions: this.#actions('initial') } : target
  }

  #output(): Config {
    if (this.#chance(0.4)) return {}
    if (this.#chance(0.3)) return { output: { fixed: true } }
    if (this.#chance(0.05)) {
      return {
        output: () => {
          throw new Error('no output')
        },
      }
    }
    return { output: ({ context, event }: { context: Context; event: EventObject }) => [context.n, event.type] }
  }

  #decorate(node: Config, path: readonly string[]): Config {
    const root = path.length === 0
    const within = node.states as Record<string, Config> | undefined
    const states =
      within === undefined
        ? {}
        : {
            states: Object.fromEntries(
              Object.entries(within).map(([key, child]) => [key, this.#decorate(child, [...path, key])]),
            ),
          }
    const shared = {
      ...node,
      ...states,
      ...this.#sometimes(0.6, () => ({ entry: this.#actions(`enter ${path.join('.')}`) })),
      ...this.#sometimes(0.6, () => ({ exit: this.#actions(`exit ${path.join('.')}`) })),
      ...this.#sometimes(0.15, () => ({ tags: [`t${this.#below(3)}`], meta: { of: path.join('.') } })),
    }
    if (node.type === 'final') return shared
    return {
      ...shared,
      on: this.#on(path),
      ...this.#sometimes(root ? 0.1 : 0.35, () => ({ after: this.#after(path) })),
      ...this.#sometimes(0.15, () => ({ always: this.#always(path) })),
      ...this.#sometimes(within === undefined ? 0 : 0.5, () => ({ onDone: this.#transition(path) })),
      ...(root ? this.#machineOutput() : {}),
    }
  }

  #machineOutput(): Config {
    if (this.#chance(0.5)) return {}
    if (this.#chance(0.1)) return { output: 'fixed' }
    return {
      output: ({ context, event }: { context: Context; event: EventObject & { output?: unknown } }) => [
        context.n,
        event.type,
        event.output,
      ],
    }
  }

  #on(path: readonly string[]): Config {
    const named = events.filter(() => this.#chance(0.4)).map((event) => [event, this.#alternatives(path)])
    return Object.fromEntries([
      ...named,
      ...(this.#chance(0.3) ? [['R', this.#alternatives(path)]] : []),
      ...(this.#chance(0.3) ? [['L', this.#alternatives(path)]] : []),
      // Forbidden here, whatever is said further out.
      ...(this.#chance(0.1) ? [['B', {}]] : []),
      ...(this.#chance(0.1) ? [['*', this.#unguarded(path)]] : []),
    ])
  }

  #alternatives(path: readonly string[]): unknown {
    return this.#chance(0.5) ? this.#transition(path) : [this.#transition(path), this.#transition(path)]
  }

  #after(path: readonly string[]): Config {
    const chosen = delays.filter(() => this.#chance(0.3))
    return Object.fromEntries(
      (chosen.length === 0 ? ['short'] : chosen).map((delay) => [delay, this.#alternatives(path)]),
    )
  }

  #always(path: readonly string[]): unknown {
    const guarded = { ...this.#transition(path), guard: this.#guard() }
    return this.#chance(0.8) ? guarded : [guarded, this.#transition(path)]
  }

  #transition(path: readonly string[]): Config {
    return { ...this.#unguarded(path), ...this.#sometimes(0.5, () => ({ guard: this.#guard() })) }
  }

  #unguarded(path: readonly string[]): Config {
    return {
      ...this.#sometimes(0.8, () => ({ target: this.#target(path) })),
      ...this.#sometimes(0.3, () => ({ reenter: true })),
      ...this.#sometimes(0.6, () => ({ actions: this.#actions('on') })),
    }
  }

  #target(path: readonly string[]): string {
    if (this.#chance(0.02)) return '#m'
    if (this.#chance(0.2)) return `#${['m', ...path].join('.')}`
    return `#${['m', ...this.#oneOf(this.#paths)].join('.')}`
  }

  #guard(): unknown {
    const kind = this.#random.fraction()
    if (kind < 0.3) return 'even'
    if (kind < 0.5) return 'odd'
    if (kind < 0.55) return 'fragile'
    if (kind < 0.8) return { type: 'below', params: this.#params('guard') }
    const { k } = this.#params('guard')
    return {
      type: 'below',
      params: ({ context }: { context: Context }) => ({ what: 'computed', k: (context.n + k) % 11 }),
    }
  }

  #actions(where: string): unknown {
    const list = Array.from({ length: 1 + this.#below(3) }, () => this.#action(where))
    return list.length === 1 && this.#chance(0.5) ? list[0] : list
  }

  #action(where: string): unknown {
    const kind = this.#random.fraction()
    if (kind < 0.25) return { type: 'log', params: this.#params(where) }
    if (kind < 0.35) return { type: 'log', params: this.#computed(where) }
    if (kind < 0.5) return this.#oneOf(['increment', 'increment', 'nothing', 'explodeInside'])
    if (kind < 0.6) return { type: this.#oneOf(['add', 'rename']), params: this.#params(where) }
    if (kind < 0.66) return { type: 'add', params: this.#computed(where) }
    if (kind < 0.69) return { type: 'explode', params: this.#params(where) }
    if (kind < 0.71) return raise({ type: 'R', k: 5 } as never)
    if (kind < 0.73) return raise({ type: 'L', k: 6 } as never, { id: 'later', delay: 12 })
    if (kind < 0.75) return cancel('later')
    return this.#oneOf(named)
  }

  #params(where: string): Params {
    return { what: `${where}#${this.#serial++}`, k: 1 + this.#below(9) }
  }

  #computed(where: string) {
    const { what, k } = this.#params(where)
    return ({ context, event }: { context: Context; event: EventObject }): Params => ({
      what: `${what} ${event.type}`,
      k: context.n + k,
    })
  }

  #sometimes<T extends Config>(chance: number, make: () => T): Config {
    return this.#chance(chance) ? make() : {}
  }

  #chance(below: number): boolean {
    return this.#random.fraction() < below
  }

  #below(limit: number): number {
    return Math.floor(this.#random.fraction() * limit)
  }

  #oneOf<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!
  }
}

const named = [
  'bare',
  'bare',
  'look',
  'greet',
  'greet',
  'leave',
  'raiseR',
  'raiseR',
  'raiseVarying',
  'later',
  'later',
  'laterComputed',
  'laterNameless',
  'laterPerhaps',
  'revoke',
  'revoke',
  'revokeVarying',
  'revokeUnknown',
]
