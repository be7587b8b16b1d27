//! Tables of names: what is wrong with each, and where.

use super::ImageFaultKind::*;
use super::*;

/// `<name>` becomes a hole.
fn template(text: &str) -> Template {
    let mut template = Template::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, tail) = after.split_once('>').expect("a closed hole");
        template.push_literal(before);
        template.push_hole(name, format!("<{name}>"));
        rest = tail;
    }
    template.push_literal(rest);
    template
}

#[test]
fn every_fault_has_its_place() {
    let table: &[(&str, &[(&str, ImageFaultKind)])] = &[
        (
            "123456789.dkr.ecr.eu-west-1.amazonaws.com/app",
            &[("123456789", BadAccount { digits: 9 })],
        ),
        (
            "1234-5678-9012.dkr.ecr.eu-west-1.amazonaws.com/app",
            &[("1234-5678-9012", BadAccount { digits: 12 })],
        ),
        (
            "dkr.ecr.eu-west-1.amazonaws.com/app",
            &[("", MissingAccount)],
        ),
        (
            "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
            &[("https://", Scheme)],
        ),
        (
            "123456789012.dkr.ecr.us-east1.amazonaws.com/app",
            &[(
                "us-east1",
                UnknownRegion {
                    nearest: Some("us-east-1"),
                },
            )],
        ),
        (
            "<A>.dkr.ecr.eu-west1.amazonaws.com/<REPO>",
            &[(
                "eu-west1",
                UnknownRegion {
                    nearest: Some("eu-west-1"),
                },
            )],
        ),
        (
            "123456789012.dkr.ecr.amazonaws.com/app",
            &[("amazonaws.com", MissingRegion)],
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com/app",
            &[(
                "amazonaws.com",
                ForeignSuffix {
                    expected: "amazonaws.com.cn",
                },
            )],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.co/app",
            &[(
                "amazonaws.co",
                UnknownSuffix {
                    nearest: "amazonaws.com",
                },
            )],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1/app",
            &[("eu-west-1", MissingSuffix)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            &[(
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                MissingRepository,
            )],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com:<TAG>",
            &[(
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                MissingRepository,
            )],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/:1",
            &[(
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/",
                MissingRepository,
            )],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com:v1/app",
            &[(":v1", TagBeforeRepository)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:v1/x",
            &[(":", ColonInRepository)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:v1:v2",
            &[(":v2", SecondTag)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/Team/app:V1",
            &[("Team", UpperCase)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team//app",
            &[("/", BadSeparator)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/-app",
            &[("-app", BadSeparator)],
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/my app:1",
            &[(" ", Space)],
        ),
        (
            " 12345.dkr.ecr.us-east1.amazonaws.com/App ",
            &[
                ("12345", BadAccount { digits: 5 }),
                (
                    "us-east1",
                    UnknownRegion {
                        nearest: Some("us-east-1"),
                    },
                ),
                ("App", UpperCase),
            ],
        ),
    ];
    for (text, expected) in table {
        let found = faults(&template(text));
        let shown: Vec<_> = found
            .iter()
            .map(|fault| {
                (
                    text.get(fault.range.clone()).unwrap_or("outside"),
                    fault.kind.clone(),
                )
            })
            .collect();
        assert_eq!(&shown, expected, "{text}");
    }
}

#[test]
fn sound_and_unknown_names_have_none() {
    for text in [
        "",
        "nginx",
        "Nginx:1:2",
        "https://example.com/App",
        "public.ecr.aws/Nginx",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app_x__y.z-w--v:V1.2_3-x",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:0f",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1@sha256:0f",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com:443/app",
        "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app",
        "123456789012.dkr-ecr.eu-west-1.on.aws/app",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app",
        "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/app",
        // Newer than the table.
        "123456789012.dkr.ecr.ap-southeast-9.amazonaws.com/app",
        // An emulator.
        "000000000000.dkr.ecr.us-east-1.localhost.localstack.cloud:4566/App",
        // Placeholders that the dialect did not mark.
        "ACCOUNT.dkr.ecr.REGION.amazonaws.com/MY_REPO",
        "xxxx.dkr.ecr.your-region.amazonaws.com/[app]",
        "<A>.dkr.ecr.<R>.amazonaws.com/<REPO>:<TAG>",
        "123456789012.dkr.ecr.<R>/app",
        "123456789012.dkr.ecr.eu-west-1.<SUFFIX>/app",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com<PATH>",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app-<ENV>:<TAG>",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:<TAG>:<MORE>",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app\n",
    ] {
        assert_eq!(faults(&template(text)), [], "{text}");
    }
}

#[test]
fn a_login_host_may_have_scheme_and_path() {
    for text in [
        "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/Team",
        "<A>.dkr.ecr.<R>.amazonaws.com",
        "docker.io",
    ] {
        assert_eq!(host_faults(&template(text)), [], "{text}");
    }
    let found = host_faults(&template("https://12345.dkr.ecr.us-east1.amazonaws.com"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].range, 8..13);
}
