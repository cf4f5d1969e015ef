/** All detectors of personal data. Where two claim the same place, the one that stands first here is meant. */
import { coordinates } from "./coordinates";
import { dateOfBirth } from "./date-of-birth";
import type { Detector } from "./detector";
import { email } from "./email";
import { iban } from "./iban";
import { ipAddress } from "./ip-address";
import { paymentCard } from "./payment-card";
import { personName } from "./person-name";
import { phone } from "./phone";
import { streetAddress } from "./street-address";
import { usDrivingLicence } from "./us-driving-licence";
import { usItin } from "./us-itin";
import { usMbi } from "./us-mbi";
import { usPassport } from "./us-passport";
import { usSsn } from "./us-ssn";

/** @see Detector */
export const detectors: readonly Detector[] = [
  iban,
  paymentCard,
  usSsn,
  usItin,
  usMbi,
  usPassport,
  usDrivingLicence,
  email,
  phone,
  dateOfBirth,
  ipAddress,
  streetAddress,
  coordinates,
  personName,
];
