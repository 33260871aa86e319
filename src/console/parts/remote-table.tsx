/**
 * A list of the API of any length: only the rows that are seen are asked for, a few times a second, and drawn.
 * Sorting and searching are the server's. The rows are placed freely, which those of a `<table>` cannot be, so roles say
 * what they are.
 */
import { Component, type ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type List, usePolled } from '../state/api.ts'
import { setQuery } from '../state/route.ts'
import { useText } from '../state/text.ts'
import { Problem } from './problem.tsx'
import { Search } from './search.tsx'
import { useVirtualRows } from './virtual-rows.ts'

export interface Column<T> {
  readonly title: string
  /** CSS width in the grid. */
  readonly width: string
  /** The name to sort by, where the API can. */
  readonly sort?: string
  readonly cell: (item: T) => ComponentChildren
}

interface Props<T> {
  readonly title: string
  readonly path: string
  readonly query: URLSearchParams
  readonly columns: readonly Column<T>[]
  readonly idOf: (item: T) => string
  readonly defaultSort?: string
  /** Parameters that are always asked with. */
  readonly fixed?: string
  /** Beside the search. */
  readonly tools?: ComponentChildren
  /** Instead of the table, where there is nothing at all. */
  readonly empty?: ComponentChildren
}

const rowHeight = 40
const pageSize = 50
/** Milliseconds. */
const pollEvery = 1000

export function RemoteTable<T>(props: Props<T>) {
  const { title, path, query, columns, idOf, defaultSort, fixed, tools, empty } = props
  const say = useText()
  const frame = useRef<HTMLDivElement>(null)
  const [total, setTotal] = useState(0)
  const q = query.get('q') ?? ''
  const sort = query.get('sort') ?? defaultSort
  const rows = useVirtualRows(frame, { count: total, height: rowHeight })
  const offset = Math.floor((rows.items[0]?.index ?? 0) / pageSize) * pageSize
  const asked = new URLSearchParams(fixed)
  asked.set('limit', String(3 * pageSize))
  asked.set('offset', String(offset))
  if (q !== '') asked.set('q', q)
  if (sort !== undefined) asked.set('sort', sort)
  const answer = usePolled<List<T>>(`${path}?${asked}`, pollEvery)
  const list = answer?.ok ? answer.value : undefined
  useEffect(() => setTotal((before) => list?.total ?? before), [list])
  const answeredOffset = Number(new URLSearchParams(answer?.path.split('?')[1]).get('offset'))
  if (list?.total === 0 && q === '' && empty !== undefined) return <>{empty}</>
  return (
    <section class="list">
      <div class="bar">
        <h1>
          {title} <small>{list?.total ?? ''}</small>
        </h1>
        <Search q={q} />
        {tools}
      </div>
      {answer?.ok === false && <Problem message={answer.problem.message} hint={answer.problem.hint} />}
      <div role="table" aria-label={title} aria-rowcount={(list?.total ?? 0) + 1} class="table">
        <div role="row" class="head" style={gridOf(columns)}>
          {columns.map((column) => (
            <Head key={column.title} column={column} sort={sort} />
          ))}
        </div>
        <div class="rows" role="rowgroup" ref={frame} onKeyDown={moveFocus} aria-label={title}>
          <div class="runway" role="presentation" style={{ height: `${rows.height}px` }}>
            {rows.items.map(({ index, start }) => {
              const item = list?.items[index - answeredOffset]
              const key = item === undefined ? `empty ${index}` : idOf(item)
              return <TableRow key={key} item={item} index={index} top={start} columns={columns} />
            })}
          </div>
          {list?.total === 0 && <p class="none">{q === '' ? say('nothing') : say('noMatch')}</p>}
        </div>
      </div>
    </section>
  )
}

interface RowProps<T> {
  readonly item: T | undefined
  readonly index: number
  readonly top: number
  readonly columns: readonly Column<T>[]
}

/** Drawn again only when what it shows has changed, and not with every step of scrolling. */
class TableRow<T> extends Component<RowProps<T>> {
  override shouldComponentUpdate({ item, top, columns }: RowProps<T>): boolean {
    return item !== this.props.item || top !== this.props.top || columns !== this.props.columns
  }

  override render({ item, index, top, columns }: RowProps<T>) {
    const place = { ...gridOf(columns), transform: `translateY(${top}px)` }
    return (
      <div role="row" aria-rowindex={index + 2} class="row" style={place}>
        {columns.map((column) => (
          <div role="cell" key={column.title}>
            {item === undefined ? '…' : column.cell(item)}
          </div>
        ))}
      </div>
    )
  }
}

const gridOf = <T,>(columns: readonly Column<T>[]) => ({
  gridTemplateColumns: columns.map(({ width }) => width).join(' '),
})

function Head<T>({ column, sort }: { column: Column<T>; sort: string | undefined }) {
  const { title, sort: name } = column
  if (name === undefined) return <div role="columnheader">{title}</div>
  const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  const sign = { ascending: ' ↑', descending: ' ↓', none: '' }[order]
  return (
    <div role="columnheader" aria-sort={order}>
      <button type="button" onClick={() => setQuery({ sort: order === 'ascending' ? `-${name}` : name })}>
        {title}
        {sign}
      </button>
    </div>
  )
}

/** Arrows or j and k, from row to row. */
function moveFocus(event: KeyboardEvent): void {
  const step =
    event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0
  if (step === 0 || !(event.currentTarget instanceof HTMLElement)) return
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.row a')].sort(byTop)
  const at = links.findIndex((link) => link.matches(':focus'))
  const next = links[at === -1 ? 0 : at + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}

const byTop = (a: HTMLElement, b: HTMLElement): number => a.getBoundingClientRect().top - b.getBoundingClientRect().top
