import type { Command, SignedCommand } from '@vigil/contracts';
import { VigilError } from '@vigil/service';
import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The key that signs commands is missing or is not what it should be. */
export class BadSigningKey extends VigilError {
  readonly code = 'remediator.bad_signing_key';
  readonly disposition = 'crash';
}

/** Signs commands, so that agents obey the remediator and nobody else. */
export class CommandSigner {
  private constructor(private readonly key: KeyObject) {}

  /**
   * @param path a PEM file with an Ed25519 private key (PKCS #8)
   * @throws BadSigningKey
   */
  static fromFile(path: string): CommandSigner {
    try {
      return CommandSigner.fromPem(readFileSync(path, 'utf8'));
    } catch (error) {
      if (error instanceof BadSigningKey) throw error;
      throw new BadSigningKey(`cannot read the command signing key ${path}`, { cause: error });
    }
  }

  static fromPem(pem: string): CommandSigner {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') {
      const found = key.asymmetricKeyType ?? 'unknown';
      throw new BadSigningKey(`the command signing key is ${found}, expected ed25519`);
    }
    return new CommandSigner(key);
  }

  sign(command: Command): SignedCommand {
    const payload = JSON.stringify(command);
    return { payload, signature: sign(null, Buffer.from(payload), this.key).toString('base64') };
  }
}
