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
    Command.withDescription('Prints the statecharts of the protocol.'),
    Command.withExamples([
      { command: 'gb28181 machines', description: 'All of them, as Mermaid diagrams' },
      { command: 'gb28181 machines nonInviteClient --format json' },
    ]),
  )

function print(terminal: Terminal, name: string | undefined, format: string): void {
  const wanted = name === undefined ? machines : [machineNamed(name)]
  if (format === 'mermaid') terminal.out(wanted.map(toMermaid).join('\n'))
  else
    terminal.out(
      JSON.stringify(name === undefined ? wanted.map(describeMachine) : describeMachine(machineNamed(name)), null, 2),
    )
}

function machineNamed(name: string): AnyStateMachine {
  const machine = machines.find(({ id }) => id.toLowerCase() === name.replaceAll('-', '').toLowerCase())
  if (machine === undefined) {
    throw new Unusable(`there is no machine ${name}; there are ${machines.map(({ id }) => id).join(', ')}`)
  }
  return machine
}
