import { Enrolled, EnrolmentToken } from '@vigil/contracts';
import { callApi } from './api-client.js';

/** Enrols an agent as an operator and an agent do together. */
export async function enrol(
  url: string,
  host: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<Enrolled> {
  const made = await callApi(url, 'POST', '/agents/tokens', { body: { host, labels } });
  const { token } = EnrolmentToken.parse(made.body);
  const answer = await callApi(url, 'POST', '/agents/enroll', {
    key: undefined,
    body: { token, host, agentVersion: '0.1.0' },
  });
  return Enrolled.parse(answer.body);
}
