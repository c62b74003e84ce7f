//! The closed list of data classes and sets of them.

macro_rules! data_classes {
    ($($variant:ident = $id:literal,)+) => {
        /// A kind of personal or secret data. Ids are lower snake case and never change. `Secret…` classes rest on the form of the value,
        /// `Password` and `Credential` on the key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the id says it")]
        pub enum DataClass {
            $($variant,)+
        }

        impl DataClass {
            /// Every class, in order of its number.
            pub const ALL: &'static [DataClass] = &[$(DataClass::$variant,)+];

            /// The public id.
            pub fn id(self) -> &'static str {
                match self {
                    $(DataClass::$variant => $id,)+
                }
            }
        }
    };
}

data_classes! {
    Email = "email",
    Phone = "phone",
    PaymentCard = "payment_card",
    CardVerification = "card_verification",
    TrackData = "track_data",
    Iban = "iban",
    IpAddress = "ip_address",
    MacAddress = "mac_address",
    UsSsn = "us_ssn",
    PersonName = "person_name",
    PostalAddress = "postal_address",
    DateOfBirth = "date_of_birth",
    Location = "location",
    Password = "password",
    Credential = "credential",
    SecretJwt = "secret_jwt",
    SecretPrivateKey = "secret_private_key",
    SecretUrlCredentials = "secret_url_credentials",
    SecretAuthorization = "secret_authorization",
    SecretApiKey = "secret_api_key",
    SecretAwsAccessKey = "secret_aws_access_key",
    SecretAwsSecretKey = "secret_aws_secret_key",
    SecretGithubToken = "secret_github_token",
    SecretGitlabToken = "secret_gitlab_token",
    SecretSlackToken = "secret_slack_token",
    SecretSlackWebhook = "secret_slack_webhook",
    SecretStripeKey = "secret_stripe_key",
    SecretSendgridKey = "secret_sendgrid_key",
    SecretGoogleApiKey = "secret_google_api_key",
    SecretNpmToken = "secret_npm_token",
    Secret1passwordKey = "secret_1password_key",
    SecretAdafruitKey = "secret_adafruit_key",
    SecretAkamaiToken = "secret_akamai_token",
    SecretAlibabaAccessKey = "secret_alibaba_access_key",
    SecretAnthropicKey = "secret_anthropic_key",
    SecretApifyToken = "secret_apify_token",
    SecretArtifactoryToken = "secret_artifactory_token",
    SecretAtlassianToken = "secret_atlassian_token",
    SecretAzureClientSecret = "secret_azure_client_secret",
    SecretMailchimpKey = "secret_mailchimp_key",
    SecretAwsBedrockKey = "secret_aws_bedrock_key",
    SecretBrevoKey = "secret_brevo_key",
    SecretCircleciToken = "secret_circleci_token",
    SecretClojarsToken = "secret_clojars_token",
    SecretContentfulToken = "secret_contentful_token",
    SecretDatabricksToken = "secret_databricks_token",
    SecretDatadogKey = "secret_datadog_key",
    SecretDatastaxToken = "secret_datastax_token",
    SecretDigitaloceanToken = "secret_digitalocean_token",
    SecretDiscordToken = "secret_discord_token",
    SecretDockerToken = "secret_docker_token",
    SecretDopplerToken = "secret_doppler_token",
    SecretDuffelToken = "secret_duffel_token",
    SecretDynatraceToken = "secret_dynatrace_token",
    SecretEasypostKey = "secret_easypost_key",
    SecretFacebookToken = "secret_facebook_token",
    SecretFigmaToken = "secret_figma_token",
    SecretFlutterwaveKey = "secret_flutterwave_key",
    SecretFlyToken = "secret_fly_token",
    SecretGoogleOauthSecret = "secret_google_oauth_secret",
    SecretGrafanaToken = "secret_grafana_token",
    SecretGroqKey = "secret_groq_key",
    SecretHerokuKey = "secret_heroku_key",
    SecretHubspotToken = "secret_hubspot_token",
    SecretHuggingfaceToken = "secret_huggingface_token",
    SecretInfracostToken = "secret_infracost_token",
    SecretIntra42Key = "secret_intra42_key",
    SecretLangsmithKey = "secret_langsmith_key",
    SecretLinearKey = "secret_linear_key",
    SecretMailgunKey = "secret_mailgun_key",
    SecretMapboxToken = "secret_mapbox_token",
    SecretNetlifyToken = "secret_netlify_token",
    SecretNewRelicKey = "secret_new_relic_key",
    SecretNotionToken = "secret_notion_token",
    SecretNugetKey = "secret_nuget_key",
    SecretNvidiaKey = "secret_nvidia_key",
    SecretOctopusKey = "secret_octopus_key",
    SecretOpenaiKey = "secret_openai_key",
    SecretOpenrouterKey = "secret_openrouter_key",
    SecretOpenshiftToken = "secret_openshift_token",
    SecretPerplexityKey = "secret_perplexity_key",
    SecretPlanetscaleToken = "secret_planetscale_token",
    SecretPostmanKey = "secret_postman_key",
    SecretPulumiToken = "secret_pulumi_token",
    SecretPypiToken = "secret_pypi_token",
    SecretReadmeKey = "secret_readme_key",
    SecretReplicateToken = "secret_replicate_token",
    SecretResendKey = "secret_resend_key",
    SecretRubygemsToken = "secret_rubygems_token",
    SecretRunpodKey = "secret_runpod_key",
    SecretScalingoToken = "secret_scalingo_token",
    SecretSentryToken = "secret_sentry_token",
    SecretShippoToken = "secret_shippo_token",
    SecretShopifyToken = "secret_shopify_token",
    SecretSonarToken = "secret_sonar_token",
    SecretSourcegraphToken = "secret_sourcegraph_token",
    SecretSquareToken = "secret_square_token",
    SecretSupabaseKey = "secret_supabase_key",
    SecretTailscaleKey = "secret_tailscale_key",
    SecretTwilioKey = "secret_twilio_key",
    SecretTypeformToken = "secret_typeform_token",
    SecretVaultToken = "secret_vault_token",
    SecretVercelToken = "secret_vercel_token",
    SecretXaiKey = "secret_xai_key",
}

impl DataClass {
    /// Whether the id begins with `secret_`.
    pub fn is_secret(self) -> bool {
        self.id().starts_with("secret_")
    }

    /// The class with this number, for decoding.
    pub fn from_index(index: u8) -> Option<DataClass> {
        DataClass::ALL.get(usize::from(index)).copied()
    }
}

/// A set of data classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassSet(pub u128);

impl ClassSet {
    /// Adds one class.
    pub fn insert(&mut self, class: DataClass) {
        self.0 |= 1 << (class as u8);
    }

    /// Adds every class of another set.
    pub fn extend(&mut self, other: ClassSet) {
        self.0 |= other.0;
    }

    /// Whether the class is in the set.
    pub fn contains(self, class: DataClass) -> bool {
        self.0 & (1 << (class as u8)) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes in order of their number.
    pub fn iter(self) -> impl Iterator<Item = DataClass> {
        DataClass::ALL.iter().copied().filter(move |class| self.contains(*class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_snake_case_and_fit_the_set() {
        assert!(DataClass::ALL.len() <= 128);
        let mut ids: Vec<_> = DataClass::ALL.iter().map(|class| class.id()).collect();
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), DataClass::ALL.len());
        for (index, class) in DataClass::ALL.iter().enumerate() {
            assert_eq!(DataClass::from_index(index as u8), Some(*class));
        }
    }
}
