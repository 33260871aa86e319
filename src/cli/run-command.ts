/**
 * The command `gb28181`: options, environment, signals and exit codes. 0 success, 1 a failure while running, 2 arguments
 * that cannot be used; one line on standard error says why.
 */
import { NodeServices } from '@effect/platform-node'
import { Cause, Effect, Exit, Layer } from 'effect'
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from 'effect/cli'
import { analyzeCommand, analyzeFlagNames } from './analyze.ts'
import { deviceCommand, deviceFlagNames } from './device.ts'
import { type FlagNames, withEnvironment } from './flags.ts'
import { presenter } from './help.ts'
import { machinesCommand, machinesFlags } from './machines.ts'
import { platformCommand } from './platform.ts'
import { platformFlagNames } from './platform-settings.ts'
import { type Terminal, Unusable } from './terminal.ts'
import { version } from './version.ts'

const flagNames: Readonly<Record<string, FlagNames>> = {
  platform: platformFlagNames,
  device: deviceFlagNames,
  analyze: analyzeFlagNames,
  machines: { all: Object.keys(machinesFlags), repeated: [], toggles: [] },
}

/** Runs one command. Resolves with the exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const command = Command.make('gb28181').pipe(
    Command.withDescription('GB/T 28181: a platform, simulated devices, and the statecharts they run on.'),
    Command.withSubcommands([
      platformCommand(terminal),
      deviceCommand(terminal),
      analyzeCommand(terminal),
      machinesCommand(terminal),
    ]),
    Command.withExamples([
      { command: 'gb28181 platform', description: 'Start a platform' },
      {
        command: 'gb28181 device --server 127.0.0.1:5060 --password …',
        description: 'Attach a simulated device to it',
      },
      { command: 'gb28181 analyze camera.pcap', description: 'Explain a capture' },
    ]),
  )
  const names = flagNames[args[0] ?? '']
  const all = names === undefined ? args : withEnvironment(args, names, terminal.env)
  const program = Command.runWith(command, { version, renderErrors: true })(all)
  const exit = await Effect.runPromiseExit(program.pipe(Effect.provide(surroundings(terminal))))
  return Exit.isSuccess(exit) ? 0 : exitCode(Cause.squash(exit.cause), all, terminal)
}

const surroundings = (terminal: Terminal) =>
  Layer.mergeAll(
    NodeServices.layer,
    CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
    CliOutput.layerPresenter(presenter(terminal)),
  )

function exitCode(error: unknown, args: readonly string[], terminal: Terminal): number {
  // Told by the presenter already.
  if (CliError.isCliError(error)) return 2
  const message = error instanceof Error ? error.message : String(error)
  terminal.err(`gb28181: ${message.replace(/\s*\n\s*/g, ' ')}`)
  if (error instanceof Error && isDebug(args)) terminal.err(error.stack ?? '')
  return error instanceof Unusable ? 2 : 1
}

const isDebug = (args: readonly string[]): boolean => /--log-level[= ](debug|trace)\b/.test(args.join(' '))
