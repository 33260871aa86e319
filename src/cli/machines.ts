/** `gb28181 machines`: the statecharts, printed from the machines themselves. */
import { Effect, Option } from 'effect'
import { Argument, Command } from 'effect/cli'
import type { AnyStateMachine } from 'xstate'
import * as all from '../../machines/index.ts'
import { describeMachine, toMermaid } from '../statechart/index.ts'
import { oneOf } from './flags.ts'
import { type Terminal, Unusable } from './terminal.ts'

const machines: readonly AnyStateMachine[] = [
  all.inviteClient,
  all.inviteServer,
  all.nonInviteClient,
  all.nonInviteServer,
  all.registrant,
  all.registration,
  all.inviting,
  all.invited,
  all.exchange,
  all.supervisor,
]

export const machinesFlags = {
  format: oneOf('format', ['mermaid', 'json'], 'mermaid (default): a diagram; json: states and transitions'),
}

export const machinesCommand = (terminal: Terminal) =>
  Command.make(
    'machines',
    {
      ...machinesFlags,
      name: Argument.String('name').pipe(
        Argument.withDescription(machines.map(({ id }) => id).join(', ')),
        Argument.optional,
      ),
    },
    ({ name, format }) =>
      Effect.try({
        try: () =>
          print(
            terminal,
            Option.getOrUndefined(name),
            Option.getOrElse(format, () => 'mermaid'),
          ),
        catch: (error) => error,
      }),
  ).pipe(
    Command.withDescription('Prints the statecharts of the protocol, from the machines themselves.'),
    Command.withExamples([
      { command: 'gb28181 machines', description: 'All of them, as Mermaid diagrams' },
      { command: 'gb28181 machines non-invite-client', description: 'One, by its id or as its file is called' },
      { command: 'gb28181 machines inviting --format json', description: 'One as JSON, for programs' },
    ]),
  )

/** Of several diagrams each says whose it is, in a comment of Mermaid's. */
const diagrams = (): string => machines.map((machine) => `%% ${machine.id}\n${toMermaid(machine)}`).join('\n')

function print(terminal: Terminal, name: string | undefined, format: string): void {
  const one = name === undefined ? undefined : machineNamed(name)
  if (format === 'mermaid') terminal.out(one === undefined ? diagrams() : toMermaid(one))
  else terminal.out(JSON.stringify(one === undefined ? machines.map(describeMachine) : describeMachine(one), null, 2))
}

function machineNamed(name: string): AnyStateMachine {
  const wanted = plain(name)
  const machine = machines.find(({ id }) => plain(id) === wanted)
  if (machine !== undefined) return machine
  const ids = machines.map(({ id }) => id)
  const close = ids.filter((id) => isClose(plain(id), wanted))
  throw new Unusable(
    `there is no machine ${name}; ${close.length === 0 ? `there are ${ids.join(', ')}` : `did you mean ${close.join(' or ')}?`}`,
  )
}

/** `non-invite-client`, as its file is called, is `nonInviteClient`. */
const plain = (name: string): string => name.replace(/[^a-z]/gi, '').toLowerCase()

/** Part of it, or a slip of the finger away: a letter too many, too few, wrong, or two of them. */
const isClose = (id: string, wanted: string): boolean =>
  wanted.length > 2 && (id.includes(wanted) || editDistance(id, wanted) <= 2)

/** Letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const above = row
    row = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
  }
  return row.at(-1) ?? 0
}
