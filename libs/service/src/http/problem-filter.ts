import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '../logging/log.js';
import { AllowedMethods } from './allowed-methods.js';
import { HttpProblem, problemFor, type ProblemResponse } from './problem.js';

/** Answers every error of the HTTP API as `application/problem+json` (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly allowedMethods: AllowedMethods,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const path = pathOf(request.url);
    const problem = problemFor(this.refined(error, request.method, path), path);
    if (problem.unexpected) {
      this.log.error('a request failed', error, { method: request.method, path });
    }
    sendProblem(reply, problem);
  }

  /** The router knows only "not found"; with another method the path may well exist. */
  private refined(error: unknown, method: string, path: string): unknown {
    if (!(error instanceof NotFoundException) || error instanceof HttpProblem) return error;
    const allowed = this.allowedMethods.of(path);
    if (allowed.length === 0 || allowed.includes(method)) return error;
    return new HttpProblem(405, {
      detail: `${path} answers ${allowed.join(', ')}, not ${method}`,
      headers: { allow: allowed.join(', ') },
    });
  }
}

/** The path of a request, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

/** Answers with the problem, unless something was answered already. */
export function sendProblem(reply: FastifyReply, problem: ProblemResponse): void {
  if (reply.sent) return;
  void reply
    .status(problem.body.status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problem.body));
}
