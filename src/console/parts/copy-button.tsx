import { useState } from 'preact/hooks'
import { useText } from '../state/text.ts'

/** Milliseconds for which it says that it has copied. */
const told = 1500

export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const say = useText()
  const [done, setDone] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text())
    setDone(true)
    setTimeout(() => setDone(false), told)
  }
  return (
    <button type="button" onClick={copy}>
      <span aria-live="polite">{done ? say('copied') : label}</span>
    </button>
  )
}
