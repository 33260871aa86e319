/** The keys of what is seen: each view brings its own, `?` lists them all. */
import { useEffect, useRef } from 'preact/hooks'
import type { TextKey } from './text.ts'

export interface Key {
  /** As `KeyboardEvent.key` names them. */
  readonly keys: readonly string[]
  readonly text: TextKey
  readonly does: () => void
}

type Table = { current: readonly Key[] }

const tables = new Set<Table>()

/** Those that work now, the latest view's last. */
export const allKeys = (): readonly Key[] => [...tables].flatMap(({ current }) => current)

/** Keys that work while the component is there. They always do what they did in its last drawing. */
export function useKeys(keys: readonly Key[]): void {
  const table = useRef(keys)
  table.current = keys
  useEffect(() => {
    tables.add(table)
    return () => void tables.delete(table)
  }, [])
}

/** @returns what ends it. */
export function listenForKeys(): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTakenBy(event.target, event.key)) return
    const key = allKeys().findLast(({ keys }) => keys.includes(event.key))
    if (key === undefined) return
    event.preventDefault()
    key.does()
  }
  addEventListener('keydown', pressed)
  return () => removeEventListener('keydown', pressed)
}

/** What is typed into, and what a button or link does by itself. */
function isTakenBy(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.matches('input:not([type=range]), select, textarea')) {
    if (key === 'Escape') target.blur()
    return true
  }
  if (target.matches('input[type=range]')) return /^(Arrow|Page|Home|End)/.test(key)
  return target.matches('button, a, summary') && (key === 'Enter' || key === ' ')
}

const names: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
}

export const keyName = (key: string): string => names[key] ?? key
