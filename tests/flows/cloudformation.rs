//! The repository whose AWS side is one CloudFormation template, of which no file tells the account and the Region.

use super::{Break, wrong};

#[test]
fn cloudformation_breaks_where_a_grant_is_missing() {
    const STACK: &str = "infra/stack.yaml";
    let breaks = [
        // What the execution role may do.
        Break {
            file: STACK,
            find: "                  - ecr:GetAuthorizationToken # exec\n",
            replace: "",
            denied: &["execution role: login"],
            at: "infra/stack.yaml:37",
        },
        Break {
            file: STACK,
            find: "                  - ecr:BatchGetImage # exec\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:43",
        },
        Break {
            file: STACK,
            find: "                  - ecr:GetDownloadUrlForLayer # exec\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:43",
        },
        Break {
            file: STACK,
            find: "                  - logs:CreateLogStream # exec\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/stack.yaml:49",
        },
        Break {
            file: STACK,
            find: "                  - logs:PutLogEvents # exec\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/stack.yaml:49",
        },
        Break {
            file: STACK,
            find: "                  - secretsmanager:GetSecretValue\n",
            replace: "",
            denied: &["execution role: secret"],
            at: "infra/stack.yaml:55",
        },
        // On what it may do it.
        Break {
            file: STACK,
            find: "'*' # login",
            replace: "!GetAtt Repository.Arn",
            denied: &["execution role: login"],
            at: "infra/stack.yaml:39",
        },
        Break {
            file: STACK,
            find: "!GetAtt Repository.Arn # pull",
            replace: "!Sub arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/shop/web",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:45",
        },
        Break {
            file: STACK,
            find: "!GetAtt LogGroup.Arn",
            replace: "!Sub arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/ecs/web:*",
            denied: &["execution role: logs"],
            at: "infra/stack.yaml:51",
        },
        Break {
            file: STACK,
            find: "secret:shop/db-Ab12Cd # grant",
            replace: "secret:shop/cache-Ab12Cd",
            denied: &["execution role: secret"],
            at: "infra/stack.yaml:57",
        },
        // What the task asks for.
        Break {
            file: STACK,
            find: "secret:shop/db-Ab12Cd # used",
            replace: "secret:shop/cache-Ab12Cd",
            denied: &["execution role: secret"],
            at: "infra/stack.yaml:57",
        },
        Break {
            file: STACK,
            find: "${Repository.RepositoryUri}:v1",
            replace: "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/shop/web:v1",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:269",
        },
        // What the task role may do.
        Break {
            file: STACK,
            find: "              - ssmmessages:CreateControlChannel\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/stack.yaml:82",
        },
        Break {
            file: STACK,
            find: "              - ssmmessages:CreateDataChannel\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/stack.yaml:82",
        },
        Break {
            file: STACK,
            find: "              - ssmmessages:OpenControlChannel\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/stack.yaml:82",
        },
        Break {
            file: STACK,
            find: "              - ssmmessages:OpenDataChannel\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/stack.yaml:82",
        },
        // Who may be them.
        Break {
            file: STACK,
            find: "ecs-tasks.amazonaws.com # exec",
            replace: "ec2.amazonaws.com",
            denied: &["execution role: assume"],
            at: "infra/stack.yaml:27",
        },
        Break {
            file: STACK,
            find: "ecs-tasks.amazonaws.com # task",
            replace: "ec2.amazonaws.com",
            denied: &["task role: assume"],
            at: "infra/stack.yaml:68",
        },
        // What the endpoints let through.
        Break {
            file: STACK,
            find: "              - ecr:GetAuthorizationToken # api\n",
            replace: "",
            denied: &["execution role: login"],
            at: "infra/stack.yaml:247",
        },
        Break {
            file: STACK,
            find: "              - ecr:BatchGetImage # dkr\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:267",
        },
        Break {
            file: STACK,
            find: "              - ecr:GetDownloadUrlForLayer # dkr\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:267",
        },
        Break {
            file: STACK,
            find: "!GetAtt ExecutionRole.Arn # dkr",
            replace: "!GetAtt TaskRole.Arn",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:265",
        },
        Break {
            file: STACK,
            find: "!GetAtt Repository.Arn # dkr",
            replace: "!Sub arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/shop/web",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:269",
        },
        Break {
            file: STACK,
            find: "              - s3:GetObject\n",
            replace: "",
            denied: &["execution role: layers"],
            at: "infra/stack.yaml:283",
        },
        Break {
            file: STACK,
            find: "prod-${AWS::Region}-starport-layer-bucket/*",
            replace: "prod-${AWS::Region}-starport-layers/*",
            denied: &["execution role: layers"],
            at: "infra/stack.yaml:285",
        },
        Break {
            file: STACK,
            find: "              - logs:CreateLogStream # logs\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/stack.yaml:302",
        },
        Break {
            file: STACK,
            find: "              - logs:PutLogEvents # logs\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/stack.yaml:302",
        },
        // Where nothing leads.
        Break {
            file: STACK,
            find: "${AWS::Region}.ssmmessages",
            replace: "${AWS::Region}.kms",
            denied: &["task role: exec"],
            at: "infra/stack.yaml:176",
        },
        Break {
            file: STACK,
            find: "${AWS::Region}.secretsmanager",
            replace: "${AWS::Region}.kms",
            denied: &["execution role: secret"],
            at: "infra/stack.yaml:176",
        },
        // What the role of the workflow may do, and who may be it.
        Break {
            file: STACK,
            find: "ecr:GetAuthorizationToken # deploy",
            replace: "ecr:DescribeRegistry",
            denied: &["role: login"],
            at: "infra/stack.yaml:120",
        },
        Break {
            file: STACK,
            find: "'*' # deploy",
            replace: "!GetAtt Repository.Arn",
            denied: &["role: login"],
            at: "infra/stack.yaml:121",
        },
        Break {
            file: STACK,
            find: "              - ecr:BatchCheckLayerAvailability\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/stack.yaml:125",
        },
        Break {
            file: STACK,
            find: "              - ecr:InitiateLayerUpload\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/stack.yaml:125",
        },
        Break {
            file: STACK,
            find: "              - ecr:UploadLayerPart\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/stack.yaml:125",
        },
        Break {
            file: STACK,
            find: "              - ecr:CompleteLayerUpload\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/stack.yaml:125",
        },
        Break {
            file: STACK,
            find: "              - ecr:PutImage\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/stack.yaml:125",
        },
        Break {
            file: STACK,
            find: "!GetAtt Repository.Arn # push",
            replace: "!Sub arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/shop/web",
            denied: &["role: push"],
            at: "infra/stack.yaml:131",
        },
        Break {
            file: STACK,
            find: "!GetAtt Repository.Arn # push",
            replace: "!Sub arn:aws:ecr:eu-central-1:${AWS::AccountId}:repository/shop/app",
            denied: &["role: push"],
            at: "infra/stack.yaml:131",
        },
        Break {
            file: STACK,
            find: "!GetAtt Repository.Arn # push",
            replace: "arn:aws:ecr:eu-west-1:444455556666:repository/shop/app",
            denied: &["role: push"],
            at: "infra/stack.yaml:131",
        },
        Break {
            file: STACK,
            find: "repo:acme/shop:ref:refs/heads/main",
            replace: "repo:acme/shop:ref:refs/heads/release",
            denied: &["role: assume"],
            at: "infra/stack.yaml:109",
        },
        Break {
            file: STACK,
            find: ":aud: sts.amazonaws.com",
            replace: ":aud: https://github.com/acme",
            denied: &["role: assume"],
            at: "infra/stack.yaml:107",
        },
        Break {
            file: STACK,
            find: "          - Sid: Push\n",
            replace: "          - Effect: Deny\n            Action: ecr:PutImage\n            Resource: '*'\n          - Sid: Push\n",
            denied: &["role: push"],
            at: "infra/stack.yaml:122",
        },
        // What the repository refuses.
        Break {
            file: STACK,
            find: "          - Sid: Audit\n",
            replace: "          - Effect: Deny\n            Principal:\n              AWS: !GetAtt DeployRole.Arn\n            Action: ecr:*\n          - Sid: Audit\n",
            denied: &["role: push"],
            at: "infra/stack.yaml:12",
        },
        Break {
            file: STACK,
            find: "          - Sid: Audit\n",
            replace: "          - Effect: Deny\n            Principal:\n              AWS: !GetAtt ExecutionRole.Arn\n            Action: ecr:*\n          - Sid: Audit\n",
            denied: &["execution role: pull"],
            at: "infra/stack.yaml:12",
        },
    ];
    let wrong = wrong("cloudformation", &breaks);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
