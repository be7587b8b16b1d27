//! The repository whose AWS side is Terraform.

use super::{Break, wrong};

#[test]
fn terraform_breaks_where_a_grant_is_missing() {
    const SERVICE: &str = "infra/service.tf";
    const NETWORK: &str = "infra/network.tf";
    const DEPLOY: &str = "infra/deploy.tf";
    const MAIN: &str = "infra/main.tf";
    let breaks = [
        // What the execution role may do.
        Break {
            file: SERVICE,
            find: "          \"ecr:GetAuthorizationToken\",\n",
            replace: "",
            denied: &["execution role: login"],
            at: "infra/service.tf:30",
        },
        Break {
            file: SERVICE,
            find: "          \"ecr:BatchGetImage\",\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/service.tf:38",
        },
        Break {
            file: SERVICE,
            find: "          \"ecr:GetDownloadUrlForLayer\",\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/service.tf:38",
        },
        Break {
            file: SERVICE,
            find: "          \"logs:CreateLogStream\",\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/service.tf:47",
        },
        Break {
            file: SERVICE,
            find: "          \"logs:PutLogEvents\",\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/service.tf:47",
        },
        Break {
            file: SERVICE,
            find: "          \"secretsmanager:GetSecretValue\",\n",
            replace: "",
            denied: &["execution role: secret"],
            at: "infra/service.tf:56",
        },
        // On what it may do it.
        Break {
            file: SERVICE,
            find: "        ]\n        Resource = \"*\"\n      },\n      {\n        Sid    = \"Pull\"",
            replace: "        ]\n        Resource = aws_ecr_repository.app.arn\n      },\n      {\n        Sid    = \"Pull\"",
            denied: &["execution role: login"],
            at: "infra/service.tf:33",
        },
        Break {
            file: SERVICE,
            find: "        Resource = aws_ecr_repository.app.arn\n",
            replace: "        Resource = \"arn:aws:ecr:eu-west-1:111122223333:repository/shop/web\"\n",
            denied: &["execution role: pull"],
            at: "infra/service.tf:42",
        },
        Break {
            file: SERVICE,
            find: "        Resource = aws_ecr_repository.app.arn\n",
            replace: "        Resource = \"arn:aws:ecr:eu-west-1:444455556666:repository/shop/app\"\n",
            denied: &["execution role: pull"],
            at: "infra/service.tf:42",
        },
        Break {
            file: SERVICE,
            find: "        Resource = aws_ecr_repository.app.arn\n",
            replace: "        Resource = \"arn:aws:ecr:us-east-1:111122223333:repository/shop/app\"\n",
            denied: &["execution role: pull"],
            at: "infra/service.tf:42",
        },
        Break {
            file: SERVICE,
            find: "        Resource = \"${aws_cloudwatch_log_group.app.arn}:*\"\n",
            replace: "        Resource = \"arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:*\"\n",
            denied: &["execution role: logs"],
            at: "infra/service.tf:51",
        },
        Break {
            file: SERVICE,
            find: "        Resource = \"arn:aws:secretsmanager:${var.region}:${data.aws_caller_identity.current.account_id}:secret:shop/db-Ab12Cd\"\n",
            replace: "        Resource = \"arn:aws:secretsmanager:${var.region}:${data.aws_caller_identity.current.account_id}:secret:shop/cache-Ab12Cd\"\n",
            denied: &["execution role: secret"],
            at: "infra/service.tf:59",
        },
        // What the task asks for.
        Break {
            file: SERVICE,
            find: "          valueFrom = \"arn:aws:secretsmanager:${var.region}:",
            replace: "          valueFrom = \"arn:aws:secretsmanager:us-east-1:",
            denied: &["execution role: secret"],
            at: "infra/service.tf:59",
        },
        Break {
            file: SERVICE,
            find: "${aws_ecr_repository.app.repository_url}:v1",
            replace: "${local.registry}/shop/web:v1",
            denied: &["execution role: pull"],
            at: "infra/network.tf:82",
        },
        Break {
            file: SERVICE,
            find: "${aws_ecr_repository.app.repository_url}:v1",
            replace: "444455556666.dkr.ecr.eu-west-1.amazonaws.com/shop/app:v1",
            denied: &["execution role: pull"],
            at: "infra/network.tf:82",
        },
        Break {
            file: SERVICE,
            find: "${aws_ecr_repository.app.repository_url}:v1",
            replace: "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/app:v1",
            denied: &["execution role: pull", "execution role: layers"],
            at: "infra/network.tf:82",
        },
        // What the task role may do.
        Break {
            file: SERVICE,
            find: "          \"ssmmessages:CreateControlChannel\",\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/service.tf:74",
        },
        Break {
            file: SERVICE,
            find: "          \"ssmmessages:CreateDataChannel\",\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/service.tf:74",
        },
        Break {
            file: SERVICE,
            find: "          \"ssmmessages:OpenControlChannel\",\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/service.tf:74",
        },
        Break {
            file: SERVICE,
            find: "          \"ssmmessages:OpenDataChannel\",\n",
            replace: "",
            denied: &["task role: exec"],
            at: "infra/service.tf:74",
        },
        // Who may be them.
        Break {
            file: SERVICE,
            find: "identifiers = [\"ecs-tasks.amazonaws.com\"]",
            replace: "identifiers = [\"ec2.amazonaws.com\"]",
            denied: &["execution role: assume", "task role: assume"],
            at: "infra/service.tf:6",
        },
        Break {
            file: SERVICE,
            find: "  name               = \"shop-exec\"\n  assume_role_policy = data.aws_iam_policy_document.tasks.json",
            replace: "  name               = \"shop-exec\"\n  assume_role_policy = data.aws_iam_policy_document.deploy_trust.json",
            denied: &["execution role: assume"],
            at: "infra/deploy.tf:7",
        },
        Break {
            file: SERVICE,
            find: "  name               = \"shop-task\"\n  assume_role_policy = data.aws_iam_policy_document.tasks.json",
            replace: "  name               = \"shop-task\"\n  assume_role_policy = data.aws_iam_policy_document.deploy_trust.json",
            denied: &["task role: assume"],
            at: "infra/deploy.tf:7",
        },
        // What the endpoints let through.
        Break {
            file: NETWORK,
            find: "        \"ecr:GetAuthorizationToken\", # api\n",
            replace: "",
            denied: &["execution role: login"],
            at: "infra/network.tf:57",
        },
        Break {
            file: NETWORK,
            find: "        \"ecr:BatchGetImage\", # dkr\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/network.tf:78",
        },
        Break {
            file: NETWORK,
            find: "        \"ecr:GetDownloadUrlForLayer\", # dkr\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/network.tf:78",
        },
        Break {
            file: NETWORK,
            find: "Principal = { AWS = aws_iam_role.exec.arn }",
            replace: "Principal = { AWS = aws_iam_role.task.arn }",
            denied: &["execution role: pull"],
            at: "infra/network.tf:77",
        },
        Break {
            file: NETWORK,
            find: "        \"s3:GetObject\",\n",
            replace: "",
            denied: &["execution role: layers"],
            at: "infra/network.tf:96",
        },
        Break {
            file: NETWORK,
            find: "arn:aws:s3:::prod-${var.region}-starport-layer-bucket/*",
            replace: "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
            denied: &["execution role: layers"],
            at: "infra/network.tf:100",
        },
        Break {
            file: NETWORK,
            find: "        \"logs:CreateLogStream\", # endpoint\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/network.tf:117",
        },
        Break {
            file: NETWORK,
            find: "        \"logs:PutLogEvents\", # endpoint\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/network.tf:117",
        },
        // Where nothing leads.
        Break {
            file: NETWORK,
            find: "${var.region}.ssmmessages",
            replace: "${var.region}.kms",
            denied: &["task role: exec"],
            at: "infra/service.tf:135",
        },
        Break {
            file: NETWORK,
            find: "${var.region}.secretsmanager",
            replace: "${var.region}.kms",
            denied: &["execution role: secret"],
            at: "infra/service.tf:135",
        },
        // What the role of the workflow may do, and who may be it.
        Break {
            file: DEPLOY,
            find: "      \"ecr:GetAuthorizationToken\",\n",
            replace: "      \"ecr:DescribeRegistry\",\n",
            denied: &["role: login"],
            at: "infra/deploy.tf:37",
        },
        Break {
            file: DEPLOY,
            find: "      \"ecr:BatchCheckLayerAvailability\",\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/deploy.tf:45",
        },
        Break {
            file: DEPLOY,
            find: "      \"ecr:InitiateLayerUpload\",\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/deploy.tf:45",
        },
        Break {
            file: DEPLOY,
            find: "      \"ecr:UploadLayerPart\",\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/deploy.tf:45",
        },
        Break {
            file: DEPLOY,
            find: "      \"ecr:CompleteLayerUpload\",\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/deploy.tf:45",
        },
        Break {
            file: DEPLOY,
            find: "      \"ecr:PutImage\",\n",
            replace: "",
            denied: &["role: push"],
            at: "infra/deploy.tf:45",
        },
        Break {
            file: DEPLOY,
            find: "resources = [aws_ecr_repository.app.arn]",
            replace: "resources = [\"arn:aws:ecr:eu-central-1:111122223333:repository/shop/app\"]",
            denied: &["role: push"],
            at: "infra/deploy.tf:53",
        },
        Break {
            file: DEPLOY,
            find: "repo:acme/shop:ref:refs/heads/main",
            replace: "repo:acme/shop:ref:refs/heads/release",
            denied: &["role: assume"],
            at: "infra/deploy.tf:24",
        },
        Break {
            file: DEPLOY,
            find: "      values   = [\"sts.amazonaws.com\"]",
            replace: "      values   = [\"https://github.com/acme\"]",
            denied: &["role: assume"],
            at: "infra/deploy.tf:18",
        },
        Break {
            file: DEPLOY,
            find: "  statement {\n    sid = \"Push\"",
            replace: "  statement {\n    effect    = \"Deny\"\n    actions   = [\"ecr:PutImage\"]\n    resources = [\"*\"]\n  }\n\n  statement {\n    sid = \"Push\"",
            denied: &["role: push"],
            at: "infra/deploy.tf:43",
        },
        // What the repository refuses.
        Break {
            file: MAIN,
            find: "    Statement = [{\n",
            replace: "    Statement = [{\n      Effect    = \"Deny\"\n      Principal = { AWS = aws_iam_role.deploy.arn }\n      Action    = \"ecr:*\"\n    }, {\n",
            denied: &["role: push"],
            at: "infra/main.tf:33",
        },
        Break {
            file: MAIN,
            find: "    Statement = [{\n",
            replace: "    Statement = [{\n      Effect    = \"Deny\"\n      Principal = \"*\"\n      Action    = \"ecr:BatchGetImage\"\n      Condition = { StringNotEquals = { \"aws:PrincipalArn\" = aws_iam_role.deploy.arn } }\n    }, {\n",
            denied: &["execution role: pull"],
            at: "infra/main.tf:33",
        },
    ];
    let wrong = wrong("terraform", &breaks);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
