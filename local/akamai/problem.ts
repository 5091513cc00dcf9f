/** What Akamai answers to a request that it does not carry out: the problem details of RFC 7807. */
export type Problem = { type: string; title: string; detail: string };

export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
  }
}
