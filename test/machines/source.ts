/** What only the source of a machine says: its head comment, and what is written beside its events and actions. */
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const machinesFolder = resolve(import.meta.dirname, '../../machines')

export interface Source {
  /** Relative to `machines/`. */
  readonly path: string
  readonly text: string
}

export interface EventNotes {
  /** Beside its type and `at`, as `name: type`. */
  readonly fields: readonly string[]
  readonly comment: string
}

export function readSources(): Source[] {
  const paths = globSync('**/*.ts', { cwd: machinesFolder }).sort()
  return paths.map((path) => ({ path, text: read(path) }))
}

/** The paragraphs of the head comment without its drawings. */
export function headComment({ text }: Source): string[] {
  const comment = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(text)?.[1] ?? ''
  const paragraphs = comment.replace(/^ \* ?/gm, '').split(/\n\s*\n/)
  return paragraphs.filter((paragraph) => !paragraph.startsWith(' ')).map((paragraph) => paragraph.replace(/\n/g, ' '))
}

/** The first sentence of the head comment, cut into what it is and by which clause. */
export function titleOf(source: Source): [what: string, clause: string] {
  const sentence = headComment(source)[0]?.replace(/\.$/, '') ?? ''
  const named = /^(.*?): (RFC .*)$/.exec(sentence) ?? /^(.*?) \(((?:RFC|GB).*)\)$/.exec(sentence)
  return named === null ? [sentence, ''] : [named[1] ?? '', named[2] ?? '']
}

export function eventNotes({ text }: Source, event: string): EventNotes {
  const found = new RegExp(`((?:^ *//.*\\n)*)^.*\\{ type: '${event}';? ?([^}]*)\\} & (\\w+)`, 'm').exec(text)
  if (found === null) throw new Error(`the source has no event type ${event}`)
  const [, comment = '', fields = '', base = ''] = found
  const shared = baseNotes(`${text}\n${read('events.ts')}`, base)
  const own = comment.replace(/^ *\/\/ /gm, '').replace(/\n/g, ' ')
  return { fields: [...fieldsIn(fields), ...shared.fields], comment: `${own}${shared.comment}`.trim() }
}

/** Where an event stands in its machine's list. */
export const eventPosition = ({ text }: Source, event: string): number => text.indexOf(`{ type: '${event}'`)

/** The doc comments of the actions in `setup`, by name. */
export function actionComments({ text }: Source): Map<string, string> {
  const start = text.indexOf('\n  actions: {')
  const inside = text.slice(start, text.indexOf('\n  },', start))
  const entries = inside.matchAll(/\/\*\* ((?:(?!\*\/)[\s\S])*?) \*\/\n {4}(\w+):/g)
  return new Map([...entries].map(([, comment = '', name = '']) => [name, comment.replace(/\s+\*?\s*/g, ' ')]))
}

/** What several events share: a type beside the machine, or one of `events.ts`. Of `Happened` there is only `at`. */
function baseNotes(text: string, name: string): EventNotes {
  if (name === 'Happened') return { fields: [], comment: '' }
  const declared = `(?:type ${name} = \\{|interface ${name} extends Happened \\{)([^}]*)\\}`
  const found = new RegExp(`(?:/\\*\\* ([^\\n]*) \\*/\\n)?(?:export )?${declared}`).exec(text)
  if (found === null) throw new Error(`the source has no type ${name}`)
  return { fields: fieldsIn(found[2] ?? ''), comment: found[1] ?? '' }
}

const fieldsIn = (text: string): string[] =>
  text
    .split(/[;\n]/)
    .map((field) => field.replace('readonly', '').trim())
    .filter((field) => field !== '')

const read = (path: string): string => readFileSync(join(machinesFolder, path), 'utf8')
