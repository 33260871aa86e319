/** The parts of a page, each a link of its own. */
import type { ComponentChildren } from 'preact'
import { linkTo } from '../state/route.ts'

export interface Tab {
  readonly name: string
  readonly text: ComponentChildren
}

interface Props {
  readonly path: readonly string[]
  readonly tabs: readonly Tab[]
  readonly open: string
  readonly label: string
}

/** The first tab is the page's own address. */
export function Tabs({ path, tabs, open, label }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ name, text }, index) => (
        <a
          key={name}
          href={`${linkTo(...path)}${index === 0 ? '' : `?view=${name}`}`}
          aria-current={name === open ? 'page' : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  )
}
