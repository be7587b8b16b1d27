//! What is hidden and what is not, by example.

use crate::source::redact::redact;

fn shown(text: &str) -> String {
    redact(text).into_owned()
}

#[test]
fn secrets_are_hidden_wherever_they_stand() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let token = "IQoJb3JpZ2luX2VjEOj//////////wEaCXVzLWVhc3QtMSJHMEUCIQD6hpZ1Yk";
    let planted = [
        (format!("AWS_SECRET_ACCESS_KEY={secret}"), secret),
        (format!("aws-secret-access-key: {secret}"), secret),
        (format!("export AWS_SECRET_ACCESS_KEY=\"{secret}\""), secret),
        (format!("{{\"secretAccessKey\":\n  \"{secret}\"}}"), secret),
        (
            format!("{{\\\"SecretAccessKey\\\": \\\"{secret}\\\"}}"),
            secret,
        ),
        (
            format!("aws configure set aws_secret_access_key {secret}"),
            secret,
        ),
        (format!("keys AKIAIOSFODNN7EXAMPLE and {secret}"), secret),
        (format!("message with {secret} alone"), secret),
        (format!("aws_session_token = {token}"), token),
        (format!("echo {token}"), token),
        ("docker login -u AWS -p hunter2 host".to_string(), "hunter2"),
        ("docker login -u AWS -phunter2 host".to_string(), "hunter2"),
        (
            "docker login \\\n  --username AWS \\\n  --password hunter2 host".to_string(),
            "hunter2",
        ),
        (
            "docker login --password=hunter2 host".to_string(),
            "hunter2",
        ),
        (
            "docker login -u AWS \\\n    -p \"hunter2\"".to_string(),
            "hunter2",
        ),
        (
            "[\"docker\", \"login\", \"-p\", \"hunter2\"]".to_string(),
            "hunter2",
        ),
        (
            "GH_TOKEN: ghp_0123456789abcdefghijABCDEFGHIJ012345".to_string(),
            "0123456789abcdef",
        ),
        (
            "x github_pat_11ABCDEFG0123456789_abcdefghij y".to_string(),
            "abcdefghij",
        ),
        ("password: hunter2 # for tests".to_string(), "hunter2"),
        ("password: correct horse battery".to_string(), "horse"),
        (
            "password: \"it's \\\"quoted\\\" hunter2\"".to_string(),
            "hunter2",
        ),
        ("password: 'hunter2'".to_string(), "hunter2"),
        (
            "password: |\n  hunter2\n  more\nnext: 1".to_string(),
            "more",
        ),
        (
            "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}".to_string(),
            "hunter2",
        ),
        (
            "{\"value\": \"hunter2\", \"name\": \"DB_PASSWORD\"}".to_string(),
            "hunter2",
        ),
        (
            "- Name: DB_PASSWORD\n  Value: hunter2\n".to_string(),
            "hunter2",
        ),
        ("url: postgres://app:hunter2@db/app".to_string(), "hunter2"),
        (
            "{\"auths\": {\"h\": {\"auth\": \"QVdTOmV5SndZWGxz\"}}}".to_string(),
            "QVdTOmV5",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nDEF=\n-----END RSA PRIVATE KEY-----"
                .to_string(),
            "MIIEabc",
        ),
        (
            "\"-----BEGIN PRIVATE KEY-----\\nMIIEabc".to_string(),
            "MIIEabc",
        ),
        (
            "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdef_-123".to_string(),
            "eyJzdWIi",
        ),
    ];
    for (text, secret) in planted {
        let result = shown(&text);
        assert!(!result.contains(secret), "{text}\n{result}");
        assert!(result.contains('*'), "{text}\n{result}");
        assert_eq!(result.lines().count(), text.lines().count(), "{text}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin host",
        "docker login -u AWS -p $(aws ecr get-login-password) host",
        "docker login -u AWS -p \"$PASSWORD\" host",
        "password: ${{ secrets.PASSWORD }}",
        "aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}",
        "id-token: write",
        "mask-password: 'false'",
        "secrets: inherit",
        "uses: actions/checkout@8ade135a41bc03ea155e62e844d188df1ea18608",
        "\"Action\": \"ecr:GetAuthorizationToken\", \"Resource\": \"*\"",
        "\"secrets\": [{\"name\": \"DB_PASSWORD\", \"valueFrom\": \"arn:aws:ssm:eu-west-1:123456789012:parameter/db\"}]",
        "Password: !Ref DatabasePassword",
        "arn:aws:iam::123456789012:role/deploy-application-to-production",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html",
        "token: short",
        "secret:\n  name: x",
    ] {
        assert_eq!(shown(text), text);
    }
}

#[test]
fn the_name_of_a_secret_in_an_arn_is_shown() {
    for text in [
        "\"valueFrom\": \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/card-api-key-AbCdEf\"",
        "Resource: arn:aws:secretsmanager:${AWS::Region}:111122223333:secret:shop/*",
    ] {
        assert_eq!(shown(text), text);
    }
    assert!(!shown("note:secret:hunter2hunter2hunter2").contains("hunter2"));
}
