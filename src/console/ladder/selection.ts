/** Moving among the rows: the chosen message stands in the address. */
import { setQuery } from '../state/route.ts'
import { messageOf, type Row, rowOf } from './rows.ts'
import { currentView } from './view.ts'

export interface Selection {
  choose(index: number): void
  /** To the next or previous message that is wanted. */
  step(by: 1 | -1, wanted?: (row: Row) => boolean): void
  first(): void
  last(): void
  /** Within the dialog of the chosen message. */
  inDialog(by: 1 | -1): void
  /** To the next or previous message in which what is sought is found, and round. */
  hit(by: 1 | -1): void
  /** Marks the chosen message, or takes its mark away; two are compared. */
  mark(): void
}

/** So that the next key is the ladder's, and not that of the link or button that led to it. */
function focusLadder(): void {
  if (document.activeElement?.matches('input')) return
  document.querySelector<HTMLElement>('.ladder .runway')?.focus({ preventScroll: true })
}

export function selectionIn(
  rows: readonly Row[],
  hits: readonly number[],
  scrollTo: (index: number) => void,
): Selection {
  const current = () => {
    const { message } = currentView()
    return message === undefined ? -1 : rowOf(rows, message)
  }
  const choose = (index: number) => {
    const row = rows[index]
    if (row?.kind !== 'message') return
    setQuery({ message: String(row.message.id) })
    scrollTo(index)
    focusLadder()
  }
  const step = (by: 1 | -1, wanted: (row: Row) => boolean = () => true) => {
    const from = current()
    for (let index = from < 0 && by < 0 ? rows.length - 1 : from + by; index >= 0 && index < rows.length; index += by) {
      const row = rows[index]
      if (row?.kind === 'message' && wanted(row)) return choose(index)
    }
  }
  return {
    choose,
    step,
    first: () => choose(rows.findIndex(({ kind }) => kind === 'message')),
    last: () => choose(rows.findLastIndex(({ kind }) => kind === 'message')),
    inDialog: (by) => {
      const callId = messageOf(rows[current()])?.callId
      step(by, (row) => messageOf(row)?.callId === callId)
    },
    hit: (by) => {
      const at = current()
      const next = by > 0 ? hits.find((index) => index > at) : hits.findLast((index) => index < at)
      const round = by > 0 ? hits[0] : hits.at(-1)
      choose(next ?? round ?? -1)
    },
    mark: () => {
      const { marked } = currentView()
      const id = messageOf(rows[current()])?.id
      if (id === undefined) return
      const now = marked.includes(id) ? marked.filter((each) => each !== id) : [...marked, id].slice(-2)
      setQuery({ marked: now.join(','), dock: now.length === 2 ? 'compare' : '' })
    },
  }
}
