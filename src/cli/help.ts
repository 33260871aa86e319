/** How help and wrong arguments are shown: examples first, then the options; one line for what is wrong. */
import { Effect, Option } from 'effect'
import type { CliError, CliOutput, HelpDoc } from 'effect/cli'
import { variableOf } from './flags.ts'
import type { Terminal } from './terminal.ts'

/** Help goes to standard output where it was asked for, and to standard error otherwise. */
export const presenter = (terminal: Terminal): CliOutput.Presenter => ({
  present: (event) =>
    Effect.sync(() => {
      if (event._tag === 'Version') terminal.out(event.version)
      else if (event._tag === 'InvalidInvocation') terminal.err(wrongArguments(event.commandPath, event.errors))
      else if (event.reason === 'Requested') terminal.out(helpText(event.helpDoc))
      else terminal.err(helpText(event.helpDoc))
    }),
})

export function wrongArguments(path: readonly string[], errors: readonly CliError.CliError[]): string {
  const command = path.join(' ')
  return `${command}: ${errors.map(oneLine).join('; ')} (see ${command} --help)`
}

function oneLine(error: CliError.CliError): string {
  switch (error._tag) {
    case 'UnrecognizedOption':
      return `unknown option ${error.option}${didYouMean(error.suggestions)}`
    case 'UnknownSubcommand':
      return `unknown command ${error.subcommand}${didYouMean(error.suggestions)}`
    case 'InvalidValue':
      return `--${error.option} ${error.value}: expected ${error.expected.replace(/^Expected:?\s*/, '')}`
    default:
      return error.message.replace(/\s*\n\s*/g, ' ')
  }
}

const didYouMean = (suggestions: readonly string[]): string =>
  suggestions.length === 0 ? '' : `; did you mean ${suggestions.join(' or ')}?`

export function helpText(doc: HelpDoc.HelpDoc): string {
  const { examples = [], subcommands = [], flags, args = [], globalFlags = [] } = doc
  return [
    doc.description,
    section(
      'EXAMPLES',
      examples.flatMap(({ command, description }) => [...(description ? [`# ${description}`] : []), command]),
    ),
    section('USAGE', [doc.usage]),
    section(
      'COMMANDS',
      columns(subcommands.flatMap(({ commands }) => commands.map((each) => [each.name, each.description]))),
    ),
    section('ARGUMENTS', columns(args.map((each) => [each.name, Option.getOrElse(each.description, () => '')]))),
    section('OPTIONS', columns(flags.map(flagLine))),
    flags.length === 0
      ? ''
      : `Each option can be set in the environment too: --${flags[0]?.name} as ${variableOf(flags[0]?.name ?? '')}. The flag wins.`,
    section('ALWAYS', columns(globalFlags.map(flagLine))),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const flagLine = ({ name, type, description }: HelpDoc.FlagDoc): [string, string] => [
  `--${name}${type === 'boolean' ? '' : ` ${type}`}`,
  // The choices stand in the left column already.
  Option.getOrElse(description, () => '').replace(/ \(choices: .*\)$/, ''),
]

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n')

/** The left column is at most 32 wide; what is longer stands on a line of its own. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.min(32, Math.max(0, ...rows.map(([left = '']) => left.length)))
  const indent = ' '.repeat(width + 2)
  return rows.flatMap(([left = '', right = '']) => {
    const [first = '', ...more] = right.split('\n')
    const head = left.length > width ? [left, indent + first] : [`${left.padEnd(width)}  ${first}`]
    return [...head, ...more.map((line) => indent + line)]
  })
}
