/** Two messages side by side: headers by name whatever their order, SDP and XML line by line. */
import { decode } from './decode.ts'

export interface Pair {
  readonly left: string
  readonly right: string
  readonly differs: boolean
}

export function diffOf(left: string, right: string): Pair[] {
  const [a, b] = [decode(left), decode(right)]
  return [
    pair(a.start, b.start),
    ...headerPairs(a.headers.map(lineOf), b.headers.map(lineOf)),
    pair('', ''),
    ...linePairs(linesOf(a.body), linesOf(b.body)),
  ]
}

const pair = (left: string, right: string): Pair => ({ left, right, differs: left !== right })

const lineOf = ({ name, value }: { name: string; value: string }): string => `${name}: ${value}`

/** XML in one line is broken before its elements, so that those can be compared. */
const linesOf = (body: string): string[] =>
  body === ''
    ? []
    : body
        .replace(/>\s*</g, '>\n<')
        .split(/\r?\n/)
        .map((line) => line.trim())

/** The nth of a name beside the nth of that name. */
function headerPairs(left: readonly string[], right: readonly string[]): Pair[] {
  const rest = [...right]
  const pairs = left.map((line) => {
    const name = nameOf(line)
    const index = rest.findIndex((each) => nameOf(each) === name)
    const [other = ''] = index < 0 ? [] : rest.splice(index, 1)
    return pair(line, other)
  })
  return [...pairs, ...rest.map((line) => pair('', line))]
}

const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase()

/** Beyond this many lines of either, lines are compared one by one: a table of all with all would be too large. */
const mostLines = 1500

/** Along the longest common subsequence; what was replaced stands side by side. */
function linePairs(left: readonly string[], right: readonly string[]): Pair[] {
  if (left.length > mostLines || right.length > mostLines) {
    const length = Math.max(left.length, right.length)
    return Array.from({ length }, (_, index) => pair(left[index] ?? '', right[index] ?? ''))
  }
  const common = commonLengths(left, right)
  const pairs: Pair[] = []
  let [i, j] = [0, 0]
  let [gone, come]: [string[], string[]] = [[], []]
  const flush = () => {
    for (let k = 0; k < Math.max(gone.length, come.length); k++) pairs.push(pair(gone[k] ?? '', come[k] ?? ''))
    ;[gone, come] = [[], []]
  }
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      flush()
      pairs.push(pair(left[i++] ?? '', right[j++] ?? ''))
    } else if (j >= right.length || (i < left.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      gone.push(left[i++] ?? '')
    } else come.push(right[j++] ?? '')
  }
  flush()
  return pairs
}

/** How many lines the ends from `i` and `j` on have in common. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint16Array[] {
  const table = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1))
  for (let i = left.length - 1; i >= 0; i--) {
    const [row, below] = [table[i], table[i + 1]]
    if (row === undefined || below === undefined) continue
    for (let j = right.length - 1; j >= 0; j--) {
      row[j] = left[i] === right[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}
