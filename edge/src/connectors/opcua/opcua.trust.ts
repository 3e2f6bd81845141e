import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that are looked at; a server that makes a new certificate at every start cannot fill more than that. */
const FILES_MAX = 1_000;

/** A server certificate that waits for a person's word. */
export type UnknownCertificate = {
  /** SHA-1 in hex, as OPC UA and its tools name certificates (OPC 10000-6, 6.2.2); for comparing, not for safety */
  thumbprint: string;
  /** SHA-256 in hex, to be compared by people */
  fingerprint: string;
  subject: string;
  issuer: string;
  /** the server's application URI, when the certificate names it */
  applicationUri: string | null;
  validFrom: string;
  validTo: string;
  /** name of the file in `pki/rejected` */
  file: string;
};

/**
 * Server certificates that were refused because nobody has trusted them yet, newest files' order not promised.
 * `folder` is the connection's own. Files that are not certificates are passed over.
 */
export async function listUnknownCertificates(folder: string): Promise<UnknownCertificate[]> {
  const rejected = join(folder, 'pki', 'rejected');
  const files = await readdir(rejected).catch((): string[] => []);
  const found: UnknownCertificate[] = [];
  for (const file of files.sort().slice(0, FILES_MAX)) {
    const bytes = await readFile(join(rejected, file)).catch(() => null);
    const certificate = bytes === null ? null : parse(bytes);
    if (certificate !== null) found.push({ ...describe(certificate), file });
  }
  return found;
}

/**
 * Trusts one of them from now on: the next try of the connection succeeds, without a restart. The thumbprint may be
 * written with colons and in capitals. Throws when no such certificate waits.
 */
export async function trustCertificate(folder: string, thumbprint: string): Promise<UnknownCertificate> {
  const wanted = thumbprint.replace(/[:\s]/g, '').toLowerCase();
  const certificate = (await listUnknownCertificates(folder)).find((each) => each.thumbprint === wanted);
  if (certificate === undefined)
    throw new Error(`no unknown certificate has the thumbprint ${thumbprint}; look into pki/rejected`);
  const trusted = join(folder, 'pki', 'trusted', 'certs');
  await mkdir(trusted, { recursive: true });
  await rename(join(folder, 'pki', 'rejected', certificate.file), join(trusted, certificate.file));
  return certificate;
}

/** What a connection that is only tried has in common with the one of its name: our own key, and whom it trusts. */
const SHARED = ['own', 'trusted', 'issuers'];

/**
 * Gives the folder of a trial the keys and trusted certificates of the connection's own folder, which may be new. What is
 * refused in the trial stays apart, so that it can be told from what was refused before.
 */
export async function shareCertificates(folder: string, trialFolder: string): Promise<void> {
  await mkdir(join(trialFolder, 'pki'), { recursive: true, mode: 0o700 });
  for (const name of SHARED) {
    const shared = join(folder, 'pki', name);
    await mkdir(shared, { recursive: true, mode: 0o700 });
    // A junction is what Windows lets everybody make; elsewhere the word means nothing.
    await symlink(shared, join(trialFolder, 'pki', name), 'junction');
  }
}

/** Keeps certificates that were refused in a trial with the connection's own, and returns them. */
export async function keepRefused(folder: string, trialFolder: string): Promise<UnknownCertificate[]> {
  const refused = await listUnknownCertificates(trialFolder);
  const kept = join(folder, 'pki', 'rejected');
  if (refused.length > 0) await mkdir(kept, { recursive: true, mode: 0o700 });
  for (const { file } of refused) await rename(join(trialFolder, 'pki', 'rejected', file), join(kept, file));
  return refused;
}

function parse(bytes: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(bytes);
  } catch {
    return null;
  }
}

function describe(certificate: X509Certificate): Omit<UnknownCertificate, 'file'> {
  const plainHex = (text: string) => text.replaceAll(':', '').toLowerCase();
  return {
    thumbprint: plainHex(certificate.fingerprint),
    fingerprint: plainHex(certificate.fingerprint256),
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    applicationUri: /URI:([^,]+)/.exec(certificate.subjectAltName ?? '')?.[1]?.trim() ?? null,
    validFrom: certificate.validFrom,
    validTo: certificate.validTo,
  };
}
