import { useState } from 'preact/hooks'
import { ask } from '../state/api.ts'
import { useText } from '../state/text.ts'
import { Problem } from './problem.tsx'

/** The token becomes a cookie that scripts cannot read. */
export function Login({ done }: { done: () => void }) {
  const say = useText()
  const [token, setToken] = useState('')
  const [wrong, setWrong] = useState<string>()
  const send = async (event: Event) => {
    event.preventDefault()
    const answer = await ask('POST', '/api/login', { token })
    if (answer.ok) done()
    else setWrong(answer.problem.message)
  }
  return (
    <form class="card narrow" onSubmit={send}>
      <h1>{say('login')}</h1>
      <p>{say('loginText')}</p>
      <label>
        {say('token')}{' '}
        <input
          type="password"
          autocomplete="current-password"
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </label>{' '}
      <button type="submit" class="primary">
        {say('login')}
      </button>
      {wrong !== undefined && <Problem message={wrong} />}
    </form>
  )
}
