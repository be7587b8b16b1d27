//! A workflow that renders a task definition of its own file, whose roles and repository Terraform declares.

use super::{Break, wrong};

#[test]
fn a_bare_task_definition_breaks_where_terraform_lacks_a_grant() {
    const MAIN: &str = "infra/main.tf";
    const DEPLOY: &str = "infra/deploy.tf";
    const TASK: &str = "ecs/task.json";
    let breaks = [
        // What the execution role may do.
        Break {
            file: MAIN,
            find: "        Action   = \"ecr:GetAuthorizationToken\"\n",
            replace: "        Action   = \"ecr:DescribeRegistry\"\n",
            denied: &["execution role: login"],
            at: "infra/main.tf:59",
        },
        Break {
            file: MAIN,
            find: "          \"ecr:BatchGetImage\", # exec\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/main.tf:65",
        },
        Break {
            file: MAIN,
            find: "          \"ecr:GetDownloadUrlForLayer\",\n",
            replace: "",
            denied: &["execution role: pull"],
            at: "infra/main.tf:65",
        },
        Break {
            file: MAIN,
            find: "          \"logs:CreateLogStream\",\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/main.tf:74",
        },
        Break {
            file: MAIN,
            find: "          \"logs:PutLogEvents\",\n",
            replace: "",
            denied: &["execution role: logs"],
            at: "infra/main.tf:74",
        },
        Break {
            file: MAIN,
            find: "\"secretsmanager:GetSecretValue\"",
            replace: "\"secretsmanager:DescribeSecret\"",
            denied: &["execution role: secret"],
            at: "infra/main.tf:83",
        },
        Break {
            file: MAIN,
            find: "log-group:/ecs/shop:*",
            replace: "log-group:/ecs/web:*",
            denied: &["execution role: logs"],
            at: "infra/main.tf:78",
        },
        Break {
            file: MAIN,
            find: "secret:shop/*",
            replace: "secret:web/*",
            denied: &["execution role: secret"],
            at: "infra/main.tf:84",
        },
        Break {
            file: MAIN,
            find: "        Resource = aws_ecr_repository.app.arn\n",
            replace: "        Resource = \"arn:aws:ecr:eu-west-1:444455556666:repository/shop/app\"\n",
            denied: &["execution role: pull"],
            at: "infra/main.tf:69",
        },
        // What the task definition asks for.
        Break {
            file: TASK,
            find: "\"arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-Ab12Cd\"",
            replace: "\"arn:aws:secretsmanager:eu-west-1:111122223333:secret:web/db-Ab12Cd\"",
            denied: &["execution role: secret"],
            at: "infra/main.tf:84",
        },
        Break {
            file: TASK,
            find: "\"/ecs/shop\"",
            replace: "\"/ecs/web\"",
            denied: &["execution role: logs"],
            at: "infra/main.tf:78",
        },
        // Who may be them.
        Break {
            file: MAIN,
            find: "ecs-tasks.amazonaws.com",
            replace: "ec2.amazonaws.com",
            denied: &["execution role: assume", "task role: assume"],
            at: "infra/main.tf:35",
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
            replace: "resources = [\"${aws_ecr_repository.app.arn}-cache\"]",
            denied: &["role: push"],
            at: "infra/deploy.tf:53",
        },
        Break {
            file: DEPLOY,
            find: "repo:acme/shop:ref:refs/heads/main",
            replace: "repo:acme/shop:environment:prod",
            denied: &["role: assume"],
            at: "infra/deploy.tf:24",
        },
        // What the repository refuses.
        Break {
            file: MAIN,
            find: "    Statement = [{\n      Sid       = \"Audit\"\n",
            replace: "    Statement = [{\n      Effect    = \"Deny\"\n      Principal = \"*\"\n      Action    = \"ecr:PutImage\"\n    }, {\n      Sid       = \"Audit\"\n",
            denied: &["role: push"],
            at: "infra/main.tf:21",
        },
        Break {
            file: MAIN,
            find: "    Statement = [{\n      Sid       = \"Audit\"\n",
            replace: "    Statement = [{\n      Effect    = \"Deny\"\n      Principal = { AWS = aws_iam_role.exec.arn }\n      Action    = \"ecr:*\"\n    }, {\n      Sid       = \"Audit\"\n",
            denied: &["execution role: pull"],
            at: "infra/main.tf:21",
        },
    ];
    let wrong = wrong("mixed", &breaks);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
