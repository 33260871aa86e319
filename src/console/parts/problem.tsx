/** What went wrong, told where it was asked for. */
export function Problem({ message, hint }: { message: string; hint?: string | undefined }) {
  return (
    <p class="problem" role="alert">
      {message} {hint}
    </p>
  )
}
