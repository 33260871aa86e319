/**
 * Around every route: the request id, access, the size of a body, and one shape for whatever goes wrong, unknown routes
 * and bugs included.
 */
import { ByteSize, Cause, Effect, SchemaIssue, type Types } from 'effect'
import { HttpIncomingMessage, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from 'effect/http'
import { HttpApiError } from 'effect/http-api'
import { Gb28181Error } from '../errors.ts'
import type { Logger } from '../platform/options.ts'
import type { Access } from './access.ts'
import { errorResponse } from './errors.ts'
import { capturePath } from './paths.ts'
import { methodsOf } from './routes.ts'

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

export interface AnswerOptions {
  readonly access: Access
  readonly logger: Logger
  /** A new id for a request that brings none. */
  readonly requestId: () => string
}

const maxBodySize = ByteSize.mebibytes(1)
/** Larger captures would keep the platform from its timers; `gb28181 analyze` takes them. */
const maxCaptureSize = ByteSize.mebibytes(8)

/** The middleware of the whole server. */
export const answers = (options: AnswerOptions) =>
  HttpRouter.middleware(
    (route: Effect.Effect<Response, Types.unhandled>) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const id = requestIdOf(request, options)
        const response = refusalOf(request, options.access) ?? (yield* guarded(route, request, id, options.logger))
        const { method } = request
        const { status } = response
        const path = pathOf(request)
        options.logger.debug(
          { event: 'http.answered', requestId: id, method, path, status },
          `${method} ${path} ${status}`,
        )
        return HttpServerResponse.setHeader(response, 'x-request-id', id)
      }),
    { global: true },
  )

function refusalOf(request: Request, access: Access): Response | undefined {
  const { method, headers } = request
  const refusal = access.refusal({ method, headers, path: pathOf(request) })
  if (refusal === undefined) return undefined
  return errorResponse(refusal, refusal.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {})
}

const guarded = (route: Effect.Effect<Response, Types.unhandled>, request: Request, id: string, logger: Logger) =>
  route.pipe(
    Effect.provideService(
      HttpIncomingMessage.MaxBodySize,
      pathOf(request) === capturePath ? maxCaptureSize : maxBodySize,
    ),
    Effect.catchCause((cause) => explain(cause, request, id, logger)),
  )

const pathOf = (request: Request): string => request.url.replace(/[?#].*$/, '')

/** Taken from the request where it is harmless in a header and a log line. */
function requestIdOf(request: Request, options: AnswerOptions): string {
  const given = request.headers['x-request-id']
  return given !== undefined && /^[\w.:-]{1,64}$/.test(given) ? given : options.requestId()
}

function explain(
  cause: Cause.Cause<unknown>,
  request: Request,
  requestId: string,
  logger: Logger,
): Effect.Effect<Response, Types.unhandled> {
  if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(Cause.fromReasons(cause.reasons.filter(isInterrupt)))
  const problem = Cause.squash(cause)
  if (HttpApiError.HttpApiSchemaError.is(problem) && problem.kind !== 'Body') {
    return Effect.succeed(errorResponse(invalidRequest(problem)))
  }
  if (problem instanceof HttpServerError.HttpServerError) return Effect.succeed(serverErrorResponse(problem, request))
  logger.error({ event: 'http.failed', requestId, error: problem }, `${request.method} ${pathOf(request)} failed`)
  return Effect.succeed(
    errorResponse(
      new Gb28181Error('internal-error', 'This is a fault of the server; its log says more.', { requestId }),
    ),
  )
}

const isInterrupt = (reason: Cause.Reason<unknown>): reason is Cause.Interrupt => Cause.isInterruptReason(reason)

function serverErrorResponse({ reason }: HttpServerError.HttpServerError, request: Request): Response {
  if (reason._tag === 'RequestParseError') {
    return reason.reason === 'BodyTooLarge'
      ? errorResponse(
          new Gb28181Error('body-too-large', `The body is larger than ${pathOf(request) === capturePath ? 8 : 1} MiB.`),
          { connection: 'close' },
        )
      : errorResponse(new Gb28181Error('invalid-request', 'The request could not be read.'))
  }
  const path = pathOf(request)
  const methods = methodsOf(path)
  if (methods.length === 0) {
    return errorResponse(new Gb28181Error('not-found', `There is nothing at ${path}.`, { hint: 'See /docs.' }))
  }
  const allow = methods.join(', ')
  return errorResponse(new Gb28181Error('method-not-allowed', `${path} answers ${allow}.`), { allow })
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === 'UnexpectedKey') return 'is not known'
    return issue._tag === 'MissingKey' ? 'is required' : SchemaIssue.defaultLeafHook(issue)
  },
})

/** 400, naming each parameter or field that is wrong. */
function invalidRequest(problem: HttpApiError.HttpApiSchemaError): Gb28181Error {
  const { issues } = issuesOf(problem.cause.issue)
  const wrong = issues.map(({ path = [], message }) => ({ field: path.map(String).join('.'), message }))
  const where = problem.kind === 'Query' ? 'parameter' : 'field'
  const summary = wrong.map(({ field, message }) => (field === '' ? message : `${where} ${field}: ${message}`))
  return new Gb28181Error('invalid-request', summary.join('; '), { fields: wrong.filter(({ field }) => field !== '') })
}
