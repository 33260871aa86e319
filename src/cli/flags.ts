/**
 * Options of the commands. Each can also be set in the environment, as `GB28181_` and its name in upper snake case; the
 * flag wins. What can be given several times is separated by commas there.
 */
import { Option } from 'effect'
import { Flag } from 'effect/cli'

export const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const whole = (name: string, metavar: string, description: string) =>
  Flag.Int(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const amount = (name: string, metavar: string, description: string) =>
  Flag.Finite(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const oneOf = <const Values extends readonly string[]>(name: string, values: Values, description: string) =>
  Flag.Literals(name, values).pipe(Flag.withMetavar(values.join('|')), Flag.withDescription(description), Flag.optional)

export const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withoutNegation, Flag.withDescription(description), Flag.withDefault(false))

export const repeated = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(description.replace(/:?(?=\n|$)/, ' (repeatable)$&')),
    Flag.between(0, 100),
  )

type Given<T> = { [Name in keyof T]?: T[Name] extends Option.Option<infer Value> ? Value : never }

/** Only what was given: what is absent is left to the default of whoever takes the options. */
export function given<T extends Readonly<Record<string, Option.Option<unknown>>>>(options: T): Given<T> {
  const present = Object.entries(options).flatMap(([name, value]) =>
    Option.isSome(value) ? [[name, value.value]] : [],
  )
  return Object.fromEntries(present)
}

/** How the options of one command are written in the environment. */
export interface FlagNames {
  readonly all: readonly string[]
  readonly repeated: readonly string[]
  readonly toggles: readonly string[]
}

export const variableOf = (flag: string): string => `GB28181_${flag.toUpperCase().replaceAll('-', '_')}`

/** The arguments, and after them what the environment says about options that they do not name. */
export function withEnvironment(
  args: readonly string[],
  names: FlagNames,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const given = new Set(args.map((argument) => argument.replace(/=.*$/s, '')))
  const added = names.all
    .filter((name) => !given.has(`--${name}`))
    .flatMap((name) => fromEnvironment(name, env[variableOf(name)], names))
  return [...args, ...added]
}

function fromEnvironment(name: string, value: string | undefined, { repeated, toggles }: FlagNames): string[] {
  if (value === undefined || value === '') return []
  if (toggles.includes(name)) return /^(0|false|no|off)$/i.test(value) ? [] : [`--${name}`]
  if (repeated.includes(name)) return value.split(',').map((one) => `--${name}=${one.trim()}`)
  return [`--${name}=${value}`]
}
