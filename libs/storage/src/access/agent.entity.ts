import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** An enrolled agent, identified by its host. */
@Entity('agents')
export class AgentEntity {
  @PrimaryColumn('text')
  host!: string;

  @Column('text', { name: 'key_id' })
  keyId!: string;

  /** Given at enrolment, never by the agent. */
  @Column('jsonb')
  labels!: Record<string, string>;

  @Column('timestamptz', { name: 'enrolled_at', transformer: unixMs })
  enrolledAt!: number;

  @Column('text', { name: 'agent_version', nullable: true })
  agentVersion!: string | null;

  @Column('timestamptz', { name: 'last_seen_at', nullable: true, transformer: unixMs })
  lastSeenAt!: number | null;

  /** Extended by the collector that holds the agent's channel; in the past: disconnected. */
  @Column('timestamptz', { name: 'connected_until', nullable: true, transformer: unixMs })
  connectedUntil!: number | null;

  @Column('integer', { nullable: true })
  replicas!: number | null;
}
