/** Asking the HTTP API. */
import { useEffect, useRef, useState } from 'preact/hooks'

export interface ApiProblem {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: ApiProblem }

export interface List<T> {
  readonly items: readonly T[]
  readonly total: number
}

/** The page asks for the token when this is dispatched. */
export const unauthorized = 'gb28181:unauthorized'

export async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const bytes = body instanceof Blob
  try {
    const response = await fetch(path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': bytes ? 'application/octet-stream' : 'application/json' },
        body: bytes ? body : JSON.stringify(body),
      }),
    })
    const text = await response.text()
    const value = text === '' ? undefined : JSON.parse(text)
    if (response.ok) return { ok: true, value }
    if (response.status === 401 && path !== '/api/login') dispatchEvent(new Event(unauthorized))
    return { ok: false, problem: value.error }
  } catch (error) {
    return { ok: false, problem: { code: 'unreachable', message: String(error) } }
  }
}

/** A server that takes long to answer is asked less often: this many times as long is waited. */
const patience = 10

/**
 * What a path answers, asked again every so often while the page is seen; `undefined` before the first answer. Until a
 * new path has been answered it is still the answer of the one before, which `path` names.
 */
export function usePolled<T>(path: string | undefined, every: number): (Answer<T> & { path: string }) | undefined {
  const [state, setState] = useState<Answer<T> & { path: string }>()
  const asked = useRef(0)
  useEffect(() => {
    if (path === undefined) return
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const next = async () => {
      const number = ++asked.current
      const began = Date.now()
      if (!document.hidden) {
        const answer = await ask<T>('GET', path)
        if (over || number !== asked.current) return
        setState({ ...answer, path })
      }
      timer = setTimeout(next, Math.max(every, patience * (Date.now() - began)))
    }
    void next()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [path, every])
  return state
}

/** One clock for all that counts down: a timer for each of them would draw each by itself. */
const ticking = new Set<(now: number) => void>()
const tickEvery = 250

setInterval(() => {
  const now = Date.now()
  for (const tick of ticking) tick(now)
}, tickEvery)

/** The time, as it passes. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    ticking.add(setNow)
    return () => ticking.delete(setNow)
  }, [])
  return now
}
