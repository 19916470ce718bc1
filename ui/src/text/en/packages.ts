import { whole } from '../number';

/** Firmware and software packages. */
export const text = {
  list: {
    title: 'Firmware packages',
    count: (n: number) => (n === 1 ? '1 package' : `${whole(n)} packages`),
    add: 'Upload package',
    search: 'Search packages',
    searchPlaceholder: 'Search by title',
    emptyTitle: 'No packages yet',
    emptyText: 'Upload a firmware or software file, then choose it in a device profile: its devices are told of it at once, and fetch it over MQTT or HTTP.',
    nothing: (search: string) => `No package matches “${search}”`,
  },
  nothingText: 'Try fewer letters, or clear the search.',
  title: 'Title',
  version: 'Version',
  type: 'Kind',
  types: { FIRMWARE: 'Firmware', SOFTWARE: 'Software' },
  profile: 'Device profile',
  profileHint: 'Only this profile and its devices can be given the package',
  size: 'Size',
  checksum: 'Checksum',
  created: 'Uploaded',
  actions: 'Actions',
  actionsFor: (name: string) => `Actions for ${name}`,
  download: 'Download file',
  copyChecksum: 'Copy checksum',
  copied: 'Checksum copied',
  external: 'At an address',
  incomplete: 'No file',
  remove: 'Delete package',
  one: 'package',
  removeEffects: ['its file is removed from the server,', 'devices that are fetching it now get an error.'],
  deleted: (name: string) => `“${name}” deleted`,
  uploaded: (name: string) => `“${name}” uploaded`,

  file: 'File',
  choose: 'Choose a file…',
  dropHint: 'or drop it here',
  missing: { title: 'Enter a title', version: 'Enter a version', deviceProfileId: 'Choose a profile', file: 'Choose a file' },
  chooseProfile: 'Choose…',
  summing: 'Computing the checksum…',
  sending: (percent: number) => `Sending: ${percent} %`,
  checking: 'The server is checking and saving the file…',
  sha256: 'SHA-256',
  sha256Hint: 'Sent along: the server refuses a file that arrives otherwise.',
  stop: 'Stop',
  bytes: (n: number) => {
    if (n < 1024) return `${n} B`;
    if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`;
    return `${(n / 1024 / 1024).toFixed(1)} MiB`;
  },
} as const;
