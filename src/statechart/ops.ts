/**
 * From the actions, guards and outputs that a chart names to the `Op`s and `Guard`s of its tables.
 *
 * What an action is, is read off the machine's implementations: XState marks `assign`, `raise` and `cancel` by their
 * `type` and keeps their arguments beside it; everything else is a provided action. The machine has passed
 * `checkSubset`, so every name has an implementation.
 */
import type { AnyStateMachine, EventObject } from 'xstate'
import { actionName, delayOf, type StateNode } from './describe.ts'
import type { Act, Args, Assign, Cancel, DoneState, Finish, Guard, Op, Parameterized, Raise } from './program.ts'

/** Turns the actions of one machine into ops, and gives every timer id a slot. */
export class OpCompiler {
  readonly #machine: AnyStateMachine
  readonly slots = new Map<string, number>()

  constructor(machine: AnyStateMachine) {
    this.#machine = machine
  }

  /** @param node the state whose entry or exit it is, or whose transition has it. */
  op(action: unknown, node: StateNode): Op {
    const implementation: unknown =
      typeof action === 'function' ? action : this.#machine.implementations.actions[actionName(action)]
    const params = parameters(action)
    if (isBuiltIn(implementation, 'xstate.assign')) return assignOp(implementation, params)
    if (isBuiltIn(implementation, 'xstate.raise')) return this.#raise(implementation, params, node)
    if (isBuiltIn(implementation, 'xstate.cancel')) return this.#cancel(implementation, params)
    return alike<Act>({ kind: 'act', name: actionName(action), run: implementation as Act['run'], ...params })
  }

  guard(guard: unknown): Guard | undefined {
    if (guard === undefined) return undefined
    const name = actionName(guard)
    const test: unknown = this.#machine.implementations.guards[name]
    return { name, test: test as Guard['test'], ...parameters(guard) }
  }

  #raise(action: object, params: Parameterized, node: StateNode): Raise {
    const { event, id, delay } = action as RaiseArguments
    const timed: unknown = typeof delay === 'string' ? this.#machine.implementations.delays[delay] : delay
    return alike<Raise>({
      kind: 'raise',
      event,
      delay: timed as Raise['delay'],
      id,
      slot: timed === undefined ? -1 : this.#slotOf(id),
      timer: typeof event === 'function' ? undefined : delayOf(event.type, node),
      ...params,
    })
  }

  #cancel(action: object, params: Parameterized): Cancel {
    const { sendId } = action as Pick<Cancel, 'sendId'>
    const slot = typeof sendId === 'string' ? this.#slotOf(sendId) : -1
    return alike<Cancel>({ kind: 'cancel', sendId, slot, ...params })
  }

  #slotOf(id: string | undefined): number {
    if (id === undefined) return -1
    const slot = this.slots.get(id) ?? this.slots.size
    this.slots.set(id, slot)
    return slot
  }
}

/** What is done when a final state has been entered, after its entry actions. */
export function finalOps(node: StateNode): Op[] {
  const { parent, machine } = node
  const { output }: { output?: unknown } = node
  const done: DoneState[] =
    parent === undefined ? [] : [alike<DoneState>({ kind: 'done', type: `xstate.done.state.${parent.id}`, output })]
  if (parent?.parent !== undefined) return done
  const { output: machineOutput }: { output?: unknown } = machine.root
  const finish = alike<Finish>({
    kind: 'finish',
    type: `xstate.done.state.${node.id}`,
    output: parent === undefined ? undefined : output,
    machineOutput,
  })
  // That the state around it is done is an event to nobody: the machine has finished. Only its output is worked out.
  return typeof output === 'function' ? [...done, finish] : [finish]
}

type RaiseArguments = { event: Raise['event']; id: string | undefined; delay: string | Raise['delay'] }
type EachAssignment = Readonly<Record<string, unknown>>

function assignOp(action: object, params: Parameterized): Assign {
  const { assignment } = action as { assignment: Assign['assignment'] | EachAssignment }
  return alike<Assign>({
    kind: 'assign',
    assignment: typeof assignment === 'function' ? assignment : assignEach(assignment),
    ...params,
  })
}

/** `assign({ key: value or function, ... })` as one function. */
const assignEach =
  (each: EachAssignment): Assign['assignment'] =>
  (args, params) =>
    Object.fromEntries(
      Object.entries(each).map(([key, part]) => [key, typeof part === 'function' ? part(args, params) : part]),
    )

/** The fields of all ops; first those that every step reads, so that they come with one or two accesses to memory. */
const fields = {
  ...{ kind: undefined, computeParams: undefined, params: undefined, run: undefined, sendId: undefined, slot: -1 },
  ...{ event: undefined, delay: undefined, timer: undefined, assignment: undefined, name: undefined, id: undefined },
  ...{ type: undefined, output: undefined, machineOutput: undefined },
}

/**
 * All ops have the same fields in the same order: whoever reads one finds each at the same place, whichever op it is. With
 * six kinds of objects V8 looks each field up anew (20 of the 150 such look-ups of a call).
 */
const alike = <O extends Op>(op: O): O => ({ ...fields, ...op })

/** XState hands params only to what is written as `{ type, params }`. */
function parameters(reference: unknown): Parameterized {
  if (typeof reference !== 'object' || reference === null || !('params' in reference)) return none
  const { params } = reference
  if (typeof params !== 'function') return { params, computeParams: undefined }
  return { params: undefined, computeParams: params as (args: Args) => unknown }
}

const none: Parameterized = { params: undefined, computeParams: undefined }

const isBuiltIn = (implementation: unknown, type: string): implementation is object =>
  typeof implementation === 'function' && 'resolve' in implementation && Object(implementation).type === type

/** What a constant event or a function of the arguments comes to. */
export const eventOf = (event: Raise['event'], args: Args, params: unknown): EventObject =>
  typeof event === 'function' ? event(args, params) : event
