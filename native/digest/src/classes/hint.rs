//! What the name of a field says about its values.

/// Topics that a key names. Computed once for each field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyHint(u32);

/// Topics of words, one bit each.
#[allow(missing_docs, reason = "the words of the tables below say it")]
impl KeyHint {
    pub const EMAIL: u32 = 1 << 0;
    pub const PHONE: u32 = 1 << 1;
    pub const CARD: u32 = 1 << 2;
    pub const CARD_VERIFICATION: u32 = 1 << 3;
    pub const TRACK: u32 = 1 << 4;
    pub const IBAN: u32 = 1 << 5;
    pub const US_SSN: u32 = 1 << 6;
    pub const IP: u32 = 1 << 7;
    pub const MAC: u32 = 1 << 8;
    pub const PERSON_NAME: u32 = 1 << 9;
    pub const POSTAL_ADDRESS: u32 = 1 << 10;
    pub const BIRTH: u32 = 1 << 11;
    pub const LOCATION: u32 = 1 << 12;
    pub const PASSWORD: u32 = 1 << 13;
    pub const SECRET: u32 = 1 << 14;
    /// The last word names free text or an identity: no enumeration.
    pub const FREE_TEXT: u32 = 1 << 15;
    /// Something with a number that is none of the above: order, invoice, trace, hash, time, build.
    pub const IDENTIFIER: u32 = 1 << 16;
    pub const VERSION: u32 = 1 << 17;
    pub const ACCOUNT: u32 = 1 << 18;
    /// A name of a user or login: no class by itself, and no enumeration.
    pub const LOGIN: u32 = 1 << 19;
    /// There is a key at all.
    pub const NAMED: u32 = 1 << 20;

    /// The hint of a name as sent: camelCase, snake_case and kebab-case are split into words.
    pub fn of_name(name: &[u8]) -> KeyHint {
        let mut words = Words::default();
        words.split(&name[..name.len().min(NAME_BYTES_MAX)]);
        let mut bits = if name.is_empty() { 0 } else { KeyHint::NAMED };
        for at in 0..words.count {
            bits |= topic_of_word(words.get(at));
            if at + 1 < words.count {
                bits |= topic_of_pair(words.get(at), words.get(at + 1));
            }
        }
        if words.count > 0 && is_free_text(words.get(words.count - 1)) {
            bits |= KeyHint::FREE_TEXT;
        }
        KeyHint(refine(bits, &words))
    }

    /// Whether any of the topics is named.
    pub fn says(self, topics: u32) -> bool {
        self.0 & topics != 0
    }
}

const NAME_BYTES_MAX: usize = 96;
const WORDS_MAX: usize = 12;
const WORD_BYTES_MAX: usize = 20;

/// Lower-case words of a name, in place: names are short and many.
#[derive(Default)]
struct Words {
    text: [[u8; WORD_BYTES_MAX]; WORDS_MAX],
    length: [u8; WORDS_MAX],
    count: usize,
}

impl Words {
    fn get(&self, at: usize) -> &[u8] {
        &self.text[at][..usize::from(self.length[at])]
    }

    fn has(&self, word: &[u8]) -> bool {
        (0..self.count).any(|at| self.get(at) == word)
    }

    /// Splits at separators, digits and humps. What does not fit is left out.
    fn split(&mut self, name: &[u8]) {
        let mut open = false;
        let mut previous = 0u8;
        for (at, &byte) in name.iter().enumerate() {
            if !byte.is_ascii_alphabetic() && byte < 128 {
                open = false;
            } else {
                let hump = byte.is_ascii_uppercase()
                    && (previous.is_ascii_lowercase() || (previous.is_ascii_uppercase() && name.get(at + 1).is_some_and(u8::is_ascii_lowercase)));
                if !open || hump {
                    if self.count == WORDS_MAX {
                        return;
                    }
                    self.count += 1;
                    open = true;
                }
                let word = self.count - 1;
                let length = usize::from(self.length[word]);
                if length < WORD_BYTES_MAX {
                    self.text[word][length] = byte.to_ascii_lowercase();
                    self.length[word] += 1;
                }
            }
            previous = byte;
        }
    }
}

/// What one word says, or its singular.
fn topic_of_word(word: &[u8]) -> u32 {
    match (topic(word), word.strip_suffix(b"s")) {
        (0, Some(singular)) if singular.len() >= 3 => topic(singular),
        (bits, _) => bits,
    }
}

/// What one word says, in the languages that APIs are written in most.
fn topic(word: &[u8]) -> u32 {
    match word {
        b"email" | b"emails" | b"mail" | b"mails" | b"correo" | b"courriel" | b"emailaddress" | b"useremail" => KeyHint::EMAIL,
        b"phone" | b"phones" | b"mobile" | b"tel" | b"telephone" | b"telefon" | b"telefone" | b"telefono" | b"cell" | b"cellphone" | b"handy" | b"fax"
        | b"msisdn" | b"sms" | b"whatsapp" | b"celular" | b"movil" | b"portable" | b"phonenumber" | b"mobilenumber" | b"telnr" | b"cellulare" | b"telefoon"
        | b"puhelin" | b"telefonnummer" | b"phoneno" | b"mobileno" | b"landline" | b"did" => KeyHint::PHONE,
        b"card" | b"pan" | b"cc" | b"ccnum" | b"ccn" | b"cardnumber" | b"creditcard" | b"debitcard" | b"ccnumber" | b"cardno" | b"karte" | b"tarjeta"
        | b"carte" | b"cartao" | b"kreditkarte" | b"kartennummer" => KeyHint::CARD,
        b"cvv" | b"cvc" | b"cid" | b"csc" | b"cvn" | b"cvv2" | b"cvccode" | b"cvvcode" | b"securitycode" => KeyHint::CARD_VERIFICATION,
        b"track" | b"magstripe" | b"trackdata" => KeyHint::TRACK,
        b"iban" | b"ibans" => KeyHint::IBAN,
        b"ssn" | b"socialsecurity" | b"socialsecuritynumber" | b"ssnlast" => KeyHint::US_SSN,
        b"ip" | b"ipv" | b"ipaddress" | b"ipaddr" | b"addr" | b"cidr" | b"subnet" | b"remoteaddr" | b"gateway" | b"dns" | b"nameserver" | b"nameservers"
        | b"ips" | b"clientip" => KeyHint::IP,
        b"mac" | b"macaddress" | b"macaddr" | b"bssid" | b"ethernet" | b"hwaddr" => KeyHint::MAC,
        b"firstname" | b"lastname" | b"surname" | b"forename" | b"fullname" | b"givenname" | b"familyname" | b"middlename" | b"vorname" | b"nachname"
        | b"prenom" | b"apellido" | b"apellidos" | b"sobrenome" | b"cognome" | b"cardholder" | b"maidenname" => KeyHint::PERSON_NAME,
        b"street" | b"streetaddress" | b"zipcode" | b"postcode" | b"postalcode" | b"zip" | b"plz" | b"strasse" | b"rue" | b"calle" | b"rua" | b"postal"
        | b"direccion" | b"endereco" | b"adresse" | b"indirizzo" | b"cep" => KeyHint::POSTAL_ADDRESS,
        b"dob" | b"birthday" | b"birthdate" | b"dateofbirth" | b"birth" | b"born" | b"geburtsdatum" | b"naissance" | b"nacimiento" | b"nascimento" => {
            KeyHint::BIRTH
        }
        b"lat" | b"lon" | b"lng" | b"latitude" | b"longitude" | b"latlng" | b"latlon" | b"geolocation" | b"coordinates" => KeyHint::LOCATION,
        b"password" | b"passwd" | b"pwd" | b"passphrase" | b"passwort" | b"kennwort" | b"contrasena" | b"clave" | b"senha" | b"passcode" | b"userpassword"
        | b"pass" | b"motdepasse" | b"wachtwoord" | b"haslo" => KeyHint::PASSWORD,
        b"secret" | b"apikey" | b"token" | b"secretkey" | b"clientsecret" | b"accesstoken" | b"refreshtoken" | b"authtoken" | b"privatekey" | b"credential"
        | b"credentials" | b"authorization" | b"bearer" | b"sessionid" | b"sessid" | b"accesskey" | b"apitoken" | b"apisecret" | b"jwt" | b"secrets"
        | b"tokens" | b"otp" | b"signature" | b"cookie" => KeyHint::SECRET,
        b"order" | b"invoice" | b"tracking" | b"transaction" | b"reference" | b"serial" | b"sku" | b"isbn" | b"issn" | b"ean" | b"upc" | b"barcode"
        | b"gtin" | b"timestamp" | b"time" | b"date" | b"build" | b"hash" | b"sha" | b"md" | b"checksum" | b"uuid" | b"guid" | b"trace" | b"span" | b"id"
        | b"ids" | b"epoch" | b"created" | b"updated" | b"expires" | b"size" | b"count" | b"bytes" | b"total" | b"amount" | b"price" | b"imei" | b"etag"
        | b"duration" | b"offset" | b"revision" | b"commit" | b"digest" | b"fingerprint" | b"ts" | b"at" | b"index" | b"seq" | b"sequence" => {
            KeyHint::IDENTIFIER
        }
        b"version" | b"versions" | b"ver" | b"release" | b"firmware" | b"semver" | b"agent" => KeyHint::VERSION | KeyHint::IDENTIFIER,
        b"account" | b"routing" | b"aba" | b"bank" | b"konto" => KeyHint::ACCOUNT,
        b"login" | b"user" | b"username" | b"owner" | b"author" | b"assignee" | b"creator" | b"customer" | b"contact" | b"person" | b"member" | b"nickname"
        | b"usuario" | b"benutzer" | b"nombre" | b"nom" | b"vorname1" | b"alias" | b"handle" | b"employee" | b"patient" | b"recipient" | b"sender"
        | b"displayname" | b"principal" | b"subject" | b"actor" => KeyHint::LOGIN,
        _ => 0,
    }
}

/// What two neighbouring words say together.
fn topic_of_pair(first: &[u8], second: &[u8]) -> u32 {
    match (first, second) {
        (b"credit" | b"debit" | b"payment", b"card") | (b"card", b"number" | b"num" | b"no" | b"nr") | (b"primary", b"account") => KeyHint::CARD,
        (b"card", b"verification" | b"code" | b"cvv" | b"cvc") | (b"security", b"code") => KeyHint::CARD_VERIFICATION,
        (b"social", b"security") | (b"tax", b"id") | (b"national", b"id") => KeyHint::US_SSN,
        (b"ip", b"address" | b"addr") | (b"remote" | b"client" | b"source" | b"host", b"ip" | b"addr" | b"address") => KeyHint::IP,
        (b"mac", b"address" | b"addr") | (b"hardware" | b"physical", b"address") => KeyHint::MAC,
        (b"first" | b"last" | b"given" | b"family" | b"full" | b"middle" | b"maiden" | b"legal", b"name")
        | (b"card" | b"account", b"holder")
        | (b"person" | b"customer" | b"contact" | b"patient" | b"employee" | b"recipient" | b"holder", b"name") => KeyHint::PERSON_NAME,
        (b"street" | b"postal" | b"home" | b"mailing" | b"billing" | b"shipping" | b"delivery" | b"residential", b"address")
        | (b"address", b"line" | b"street")
        | (b"zip" | b"post" | b"postal", b"code") => KeyHint::POSTAL_ADDRESS,
        (b"date", b"of") => 0,
        (b"birth", _) | (_, b"birth") => KeyHint::BIRTH,
        (b"pass", b"word" | b"phrase" | b"wd") => KeyHint::PASSWORD,
        (b"api" | b"secret" | b"private" | b"access" | b"auth" | b"signing" | b"encryption" | b"master" | b"subscription", b"key" | b"token")
        | (b"session", b"id" | b"key" | b"token") => KeyHint::SECRET,
        (b"contact" | b"phone" | b"mobile", b"number" | b"no" | b"nr") => KeyHint::PHONE,
        (b"e", b"mail") => KeyHint::EMAIL,
        _ => 0,
    }
}

/// Last words whose values are free text or identities, never an enumeration.
fn is_free_text(word: &[u8]) -> bool {
    matches!(
        word,
        b"name"
            | b"title"
            | b"description"
            | b"message"
            | b"comment"
            | b"comments"
            | b"remark"
            | b"remarks"
            | b"diagnosis"
            | b"feedback"
            | b"subject"
            | b"text"
            | b"body"
            | b"id"
            | b"uuid"
            | b"key"
            | b"token"
            | b"url"
            | b"uri"
            | b"href"
            | b"path"
            | b"sha"
            | b"email"
            | b"login"
            | b"user"
            | b"label"
            | b"note"
            | b"notes"
            | b"summary"
            | b"content"
            | b"etag"
            | b"hash"
            | b"version"
            | b"slug"
            | b"address"
            | b"street"
            | b"city"
            | b"phone"
            | b"query"
            | b"username"
            | b"hostname"
            | b"filename"
            | b"ids"
            | b"names"
            | b"search"
            | b"q"
            | b"term"
            | b"terms"
            | b"keyword"
            | b"keywords"
            | b"answer"
            | b"secret"
            | b"code"
            | b"nonce"
            | b"state"
            | b"cursor"
    )
}

/// Lets words take back what others say: a card's brand or token is no card, a mail server no e-mail.
fn refine(mut bits: u32, words: &Words) -> u32 {
    if bits & KeyHint::PASSWORD != 0
        && ["reset", "changed", "expires", "expired", "expiry", "policy", "length", "url", "enabled", "required", "strength", "at", "hint"]
            .iter()
            .any(|word| words.has(word.as_bytes()))
    {
        bits &= !KeyHint::PASSWORD;
    }
    if bits & KeyHint::SECRET != 0
        && [
            "type",
            "expires",
            "expiry",
            "expiration",
            "in",
            "url",
            "uri",
            "endpoint",
            "count",
            "limit",
            "usage",
            "name",
            "scope",
            "at",
            "method",
            "status",
            "algorithm",
            "ttl",
            "enabled",
            "next",
            "page",
            "prompt",
            "completion",
            "max",
            "min",
            "total",
            "id",
            "ids",
            "address",
            "symbol",
            "pagination",
            "continuation",
            "version",
            "input",
            "output",
        ]
        .iter()
        .any(|word| words.has(word.as_bytes()))
        && !words.has(b"session")
    {
        bits &= !KeyHint::SECRET;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_topics() {
        let cases: &[(&str, u32, bool)] = &[
            ("userEmail", KeyHint::EMAIL, true),
            ("e-mail", KeyHint::EMAIL, true),
            ("phone_number", KeyHint::PHONE, true),
            ("MobilePhone2", KeyHint::PHONE, true),
            ("cardNumber", KeyHint::CARD, true),
            ("discard", KeyHint::CARD, false),
            ("dateOfBirth", KeyHint::BIRTH, true),
            ("firstName", KeyHint::PERSON_NAME, true),
            ("client_ip", KeyHint::IP, true),
            ("ipAddress", KeyHint::IP, true),
            ("zip", KeyHint::POSTAL_ADDRESS, true),
            ("passwordResetUrl", KeyHint::PASSWORD, false),
            ("user_password", KeyHint::PASSWORD, true),
            ("api_key", KeyHint::SECRET, true),
            ("token_type", KeyHint::SECRET, false),
            ("access_token", KeyHint::SECRET, true),
            ("status", KeyHint::FREE_TEXT, false),
            ("displayName", KeyHint::FREE_TEXT, true),
            ("q", KeyHint::FREE_TEXT, true),
            ("searchTerm", KeyHint::FREE_TEXT, true),
            ("cancelReason", KeyHint::FREE_TEXT, false),
            ("remarks", KeyHint::FREE_TEXT, true),
            ("tags", KeyHint::FREE_TEXT, false),
            ("orderId", KeyHint::IDENTIFIER, true),
            ("SSN", KeyHint::US_SSN, true),
        ];
        for (name, topic, expected) in cases {
            assert_eq!(KeyHint::of_name(name.as_bytes()).says(*topic), *expected, "{name}");
        }
    }

    #[test]
    fn any_bytes_are_a_name() {
        assert_eq!(KeyHint::of_name(b""), KeyHint::default());
        KeyHint::of_name(&[0xff; 1000]);
        KeyHint::of_name(b"aB".repeat(500).as_slice());
    }
}
